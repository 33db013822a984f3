"""The note that goes with a delivery, from the event to the PDF."""

from datetime import timedelta
from typing import Any

import httpx
import pypdfium2  # type: ignore[import-untyped]
import pytest
from common.auth import Actor
from common.clock import now
from common.contracts.cases import CaseDeliveryScheduledV1
from common.contracts.enums import Role
from common.contracts.jobs import RenderDeliveryNoteV1
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor


def agreed(patient: Actor, **changes: Any) -> dict[str, Any]:
    """What cases answers about the approved quote of a case."""
    line = {
        "lpprCode": "4222803",
        "label": "Fauteuil roulant manuel",
        "details": "AX Léger (AX-FMP-1)",
        "plv": "360.53",
        "unitPrice": "360.53",
        "quantity": 1,
        "lineTotal": "360.53",
        "optional": False,
    }
    return {
        "quoteNumber": "DV-2026-000001",
        "caseId": str(new_id()),
        "caseNumber": "AX-2026-000001",
        "patientId": str(patient.patient_id),
        "lines": [
            line,
            {**line, "label": "Cale-tronc", "details": "", "quantity": 2},
            {**line, "label": "Vis de fixation", "details": "Lot (VIS)", "quantity": 9, "optional": True},
        ],
        **changes,
    }


def teach(neighbours: Any, quote: dict[str, Any]) -> None:
    """Have cases and identity know the case and its patient."""
    neighbours.answers[f"/cases/{quote['caseId']}/approved-quote"] = quote
    neighbours.answers[f"/patients/{quote['patientId']}"] = {
        "id": quote["patientId"],
        "firstName": "Nathalie",
        "lastName": "Durand",
        "dateOfBirth": "1969-05-12",
        "nir": "269054958815780",
        "address": {"line1": "1 rue de la Paix", "postalCode": "69001", "city": "Lyon", "country": "FR"},
    }


def scheduled(quote: dict[str, Any], days: int = 3) -> CaseDeliveryScheduledV1:
    return CaseDeliveryScheduledV1(
        case_id=quote["caseId"],
        patient_id=quote["patientId"],
        case_number=quote["caseNumber"],
        scheduled_at=now() + timedelta(days=days),
    )


async def notes(desk: Any, by: Actor, quote: dict[str, Any]) -> list[dict[str, Any]]:
    """The documents of the case, once there are any."""

    async def listed() -> list[dict[str, Any]]:
        async with desk.running.client(by) as client:
            found: list[dict[str, Any]] = (await client.get("/documents", params={"caseId": quote["caseId"]})).json()[
                "items"
            ]
        return found

    return await eventually(listed)


async def test_a_scheduled_delivery_has_a_note_to_sign(working_desk: Any, neighbours: Any, ops: Actor) -> None:
    desk, patient = working_desk, actor(Role.PATIENT)
    quote = agreed(patient)
    teach(neighbours, quote)
    await desk.running.publish(scheduled(quote))
    [document] = await notes(desk, ops, quote)
    # Not a proof of delivery until somebody has signed it.
    assert (document["documentType"], document["scanStatus"]) == ("OTHER", "CLEAN")
    assert document["filename"] == "bon-de-livraison-AX-2026-000001.pdf"
    assert document["patientId"] == quote["patientId"]
    assert (await desk.stored(document["id"]))[0] == "axtech-generated-development"
    async with desk.running.client(ops) as client, httpx.AsyncClient() as browser:
        link = (await client.get(f"/documents/{document['id']}/download")).json()
        pdf = pypdfium2.PdfDocument((await browser.get(link["url"])).content)
    text = " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pdf).split())
    pdf.close()
    for shown in ("BON DE LIVRAISON", "BL-AX-2026-000001", "DV-2026-000001", "Durand Nathalie", "1 rue de la Paix"):
        assert shown in text
    assert text.count("Cale-tronc") == 2
    assert text.count("Vis de fixation") == 1
    assert "1969" not in text
    assert "69 05 49" not in text.replace("\u00a0", " ")
    [event] = await desk.running.recorded("document.generated")
    assert (event.data["caseId"], event.data["quoteId"]) == (quote["caseId"], None)


async def test_a_delivery_put_off_keeps_its_note_whatever_comes_twice(
    working_desk: Any, neighbours: Any, ops: Actor
) -> None:
    desk, patient = working_desk, actor(Role.PATIENT)
    quote, other = agreed(patient), agreed(patient, caseNumber="AX-2026-000002")
    teach(neighbours, quote)
    teach(neighbours, other)
    await desk.running.publish(scheduled(quote), times=3)
    job = RenderDeliveryNoteV1(case_id=quote["caseId"], patient_id=quote["patientId"])
    for _ in range(4):
        await desk.running.publish(job)
    await notes(desk, ops, quote)
    await desk.running.publish(scheduled(quote, days=9))
    await desk.running.publish(scheduled(other))
    await notes(desk, ops, other)
    await desk.running.jobs_done()
    neighbours.asked.clear()
    assert await desk.running.republish_jobs() == 3
    assert neighbours.asked == []
    assert len(await notes(desk, ops, quote)) == 1
    assert await desk.running.dead_letters() == []


@pytest.mark.parametrize(
    ("quote_changes", "said"),
    [({"lines": []}, "items"), ({"caseNumber": ""}, "case_number"), (None, "no approved quote")],
    ids=["nothing to deliver", "a case without number", "nothing was agreed to"],
)
async def test_a_note_that_cannot_be_written_is_kept_aside_without_its_values(
    working_desk: Any, neighbours: Any, quote_changes: dict[str, Any] | None, said: str
) -> None:
    desk = working_desk
    quote = agreed(actor(Role.PATIENT), **(quote_changes or {}))
    if quote_changes is not None:
        teach(neighbours, quote)
    await desk.running.publish(scheduled({**quote, "caseNumber": "AX-2026-000001"}))
    [letter] = await eventually(desk.running.dead_letters)
    assert letter["reason"] == "permanent"
    assert said in letter["error"]
    assert "Durand" not in letter["error"]
