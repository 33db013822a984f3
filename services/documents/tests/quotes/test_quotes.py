"""The PDF of a quote, from the event to the download."""

from typing import Any

import httpx
import pypdfium2  # type: ignore[import-untyped]
import pytest
from common.auth import Actor
from common.contracts.cases import QuoteSentV1
from common.contracts.enums import Role
from common.contracts.jobs import RenderQuoteV1
from common.ids import new_id
from common.testing import eventually
from common.testing.keys import actor


def quote_of(patient: Actor, **changes: Any) -> dict[str, Any]:
    """What cases answers about a quote."""
    return {
        "id": str(new_id()),
        "quoteNumber": "DV-2026-000001",
        "quoteVersion": 1,
        "caseId": str(new_id()),
        "caseNumber": "AX-2026-000001",
        "patientId": str(patient.patient_id),
        "prescriberId": str(new_id()),
        "prescriptionDate": "2026-11-02",
        "issuedOn": "2026-11-20",
        "validUntil": "2027-02-18",
        "lines": [
            {
                "lpprCode": "4222803",
                "label": "Fauteuil roulant manuel",
                "details": "AX Léger (AX-FMP-1)",
                "plv": "360.53",
                "unitPrice": "360.53",
                "quantity": 1,
                "lineTotal": "360.53",
                "optional": False,
            },
            {
                "lpprCode": "4222804",
                "label": "Couleur au choix",
                "details": None,
                "plv": None,
                "unitPrice": "50.00",
                "quantity": 2,
                "lineTotal": "100.00",
                "optional": True,
            },
        ],
        "lpprCoverage": "360.53",
        "patientRemainder": "100.00",
        "totalAmount": "460.53",
        **changes,
    }


def teach(neighbours: Any, quote: dict[str, Any], **patient: Any) -> None:
    """Have cases and identity know the quote and its people."""
    neighbours.answers[f"/quotes/{quote['id']}"] = quote
    neighbours.answers[f"/patients/{quote['patientId']}"] = {
        "id": quote["patientId"],
        "userId": str(new_id()),
        "firstName": "Nathalie",
        "lastName": "Durand",
        "dateOfBirth": "1969-05-12",
        "nir": "2 69 05 49 588 157 80",
        "address": {"line1": "1 rue de la Paix", "postalCode": "69001", "city": "Lyon", "country": "FR"},
        **patient,
    }
    neighbours.answers[f"/prescribers/{quote['prescriberId']}"] = {
        "id": quote["prescriberId"],
        "firstName": "Paul",
        "lastName": "Martin",
        "rppsNumber": "10003456781",
        "adeliNumber": None,
        "specialty": None,
        "practiceName": None,
    }


def sent(quote: dict[str, Any]) -> QuoteSentV1:
    return QuoteSentV1(
        case_id=quote["caseId"],
        patient_id=quote["patientId"],
        quote_id=quote["id"],
        quote_number=quote["quoteNumber"],
        quote_version=quote["quoteVersion"],
        total_amount=quote["totalAmount"],
        patient_remainder=quote["patientRemainder"],
    )


async def made(desk: Any, by: Actor, count: int = 1) -> list[dict[str, Any]]:
    """The actor's quotes in PDF, once there are `count`."""

    async def listed() -> list[dict[str, Any]]:
        async with desk.running.client(by) as client:
            found: list[dict[str, Any]] = (await client.get("/documents", params={"documentType": "QUOTE_PDF"})).json()[
                "items"
            ]
        return found

    return await eventually(listed, until=lambda found: len(found) >= count)


async def text_of(desk: Any, by: Actor, document: dict[str, Any]) -> str:
    async with desk.running.client(by) as client:
        link = (await client.get(f"/documents/{document['id']}/download")).json()
    async with httpx.AsyncClient() as browser:
        content = (await browser.get(link["url"])).content
    assert len(content) == document["sizeBytes"]
    pdf = pypdfium2.PdfDocument(content)
    text = " ".join(page.get_textpage().get_text_bounded() for page in pdf)
    pdf.close()
    return " ".join(text.split())


async def test_a_sent_quote_becomes_a_clean_pdf_of_the_case(working_desk: Any, neighbours: Any, patient: Actor) -> None:
    desk = working_desk
    quote = quote_of(patient)
    teach(neighbours, quote)
    await desk.running.publish(sent(quote))
    [document] = await made(desk, patient)
    assert document["caseId"] == quote["caseId"]
    assert document["patientId"] == str(patient.patient_id)
    assert (document["scanStatus"], document["mimeType"]) == ("CLEAN", "application/pdf")
    assert document["filename"] == "devis-DV-2026-000001.pdf"
    assert (await desk.stored(document["id"]))[0] == "axtech-generated-development"
    text = await text_of(desk, patient, document)
    for shown in ("DV-2026-000001", "AX-2026-000001", "Durand Nathalie", "Paul Martin", "4222803", "460,53", "AX TECH"):
        assert shown in text
    [event] = await desk.running.recorded("document.generated")
    assert event.data["quoteId"] == quote["id"]
    assert event.data["documentId"] == document["id"]
    assert event.data["documentType"] == "QUOTE_PDF"


async def test_a_quote_has_one_pdf_whatever_is_delivered_again(
    working_desk: Any, neighbours: Any, patient: Actor
) -> None:
    desk = working_desk
    quote, other = quote_of(patient), quote_of(patient, quoteNumber="DV-2026-000002")
    teach(neighbours, quote)
    teach(neighbours, other)
    await desk.running.publish(sent(quote), times=3)
    job = RenderQuoteV1(quote_id=quote["id"], case_id=quote["caseId"], patient_id=quote["patientId"])
    for _ in range(6):
        await desk.running.publish(job)
    await made(desk, patient)
    await desk.running.publish(job)
    await desk.running.publish(sent(other))
    assert len(await made(desk, patient, 2)) == 2
    await desk.running.jobs_done()
    neighbours.asked.clear()
    assert await desk.running.republish_jobs() == 2
    assert neighbours.asked == []
    assert len(await made(desk, patient, 2)) == 2
    generated = await desk.running.recorded("document.generated")
    assert sorted(event.data["quoteId"] for event in generated) == sorted([quote["id"], other["id"]])
    assert await desk.running.dead_letters() == []


@pytest.mark.parametrize(
    ("address", "nir", "prescriber"),
    [
        (None, None, None),
        ({"line1": "1 rue de la Paix", "postalCode": None, "city": "Lyon"}, "", None),
        ({}, "3 69 05 49 588 157 80", "01a20dbc-d42a-73a9-ace9-fcc014a19dd3"),
    ],
)
async def test_a_quote_is_written_with_what_is_known(
    working_desk: Any, neighbours: Any, patient: Actor, address: Any, nir: Any, prescriber: Any
) -> None:
    desk = working_desk
    quote = quote_of(patient, prescriberId=prescriber)
    teach(neighbours, quote, address=address, nir=nir)
    await desk.running.publish(sent(quote))
    [document] = await made(desk, patient)
    assert "Durand Nathalie" in await text_of(desk, patient, document)


async def test_a_service_that_is_away_is_asked_again(working_desk: Any, neighbours: Any, patient: Actor) -> None:
    desk = working_desk
    quote = quote_of(patient)
    teach(neighbours, quote)
    desk.running.resources.services._urls["cases"] = "http://127.0.0.1:9"
    await desk.running.publish(sent(quote))

    async def tried() -> bool:
        return bool(desk.running.resources.services._breakers["cases"]._failures)

    await eventually(tried)
    desk.running.resources.services._urls["cases"] = neighbours.url
    assert len(await made(desk, patient)) == 1


@pytest.mark.parametrize(
    "changes",
    [{"lines": []}, {"totalAmount": "1.00"}, {"issuedOn": "soon"}, {"lines": [{"label": "x"}]}],
    ids=["no lines", "amounts that do not add up", "a bad date", "a line without its fields"],
)
async def test_a_quote_that_cannot_be_printed_is_kept_aside_without_its_values(
    working_desk: Any, neighbours: Any, patient: Actor, changes: dict[str, Any]
) -> None:
    desk = working_desk
    quote = quote_of(patient, **changes)
    teach(neighbours, quote)
    await desk.running.publish(sent(quote_of(patient, id=quote["id"])))
    [letter] = await eventually(desk.running.dead_letters)
    assert letter["reason"] == "permanent"
    assert "Durand" not in letter["error"]
    assert "1.00" not in letter["error"]


async def test_an_unknown_quote_is_kept_aside(working_desk: Any, patient: Actor) -> None:
    desk = working_desk
    await desk.running.publish(sent(quote_of(patient)))
    [letter] = await eventually(desk.running.dead_letters)
    assert "the quote is unknown" in letter["error"]


async def test_the_sender_of_a_quote_cannot_delete_its_pdf(working_desk: Any, neighbours: Any, patient: Actor) -> None:
    desk = working_desk
    quote = quote_of(patient)
    teach(neighbours, quote)
    await desk.running.publish(sent(quote))
    [document] = await made(desk, patient)
    assert await desk.status(actor(Role.OPS), "DELETE", f"/documents/{document['id']}") == 422
    assert await desk.status(patient, "DELETE", f"/documents/{document['id']}") == 403
