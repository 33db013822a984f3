"""The schedules that let documents go, and legal holds."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from common import clock
from common.auth import Actor
from common.contracts.devices import ContractRenewalDueV1
from common.contracts.enums import Role
from common.ids import new_id
from common.storage import ObjectMissing
from common.testing import eventually
from common.testing.keys import actor
from documents.retention import jobs

HOLD = {"reason": "Contentieux en cours, dossier 12"}


def years_on(moment: datetime, years: int) -> datetime:
    """The same day that many years later; the first of March where there is no 29 February."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, month=3, day=1)


async def row(desk: Any, document: dict[str, Any]) -> dict[str, Any] | None:
    found = await desk.running.resources.database.reads.fetchrow(
        "SELECT * FROM documents WHERE id = $1", UUID(document["id"])
    )
    return dict(found) if found else None


async def exists(desk: Any, place: tuple[str, str]) -> bool:
    try:
        await desk.running.resources.storage.size(*place)
    except ObjectMissing:
        return False
    return True


async def hold(desk: Any, by: Actor, document: dict[str, Any], method: str = "PUT") -> int:
    async with desk.running.client(by) as client:
        body = HOLD if method == "PUT" else None
        return int((await client.request(method, f"/documents/{document['id']}/legal-hold", json=body)).status_code)


@pytest.mark.parametrize(
    ("kind", "years"),
    [("PRESCRIPTION", 20), ("DELIVERY_PROOF", 10), ("ID_CARD", 5), ("CARTE_VITALE", 5), ("OTHER", 20)],
)
async def test_a_document_is_kept_as_long_as_its_duty_and_no_longer(
    desk: Any, patient: Actor, kind: str, years: int
) -> None:
    document = await desk.upload(patient, documentType=kind)
    uploaded = clock.now()
    with clock.travel(years_on(uploaded, years) - timedelta(days=1)):
        await jobs.let_go(desk.running.resources)
    assert (await row(desk, document) or {})["deleted_at"] is None
    with clock.travel(years_on(uploaded, years) + timedelta(days=1)):
        await jobs.let_go(desk.running.resources)
        await jobs.let_go(desk.running.resources)
    assert (await row(desk, document) or {})["deleted_at"] is not None
    [event] = await desk.running.recorded("document.deleted")
    assert event.data["documentId"] == document["id"]
    [entry] = [
        each for each in await desk.running.recorded("audit.recorded") if each.data["action"] == "document.expire"
    ]
    assert entry.data["actorType"] == "SYSTEM"


async def test_activity_prolongs_what_is_kept_for_the_relationship(working_desk: Any, patient: Actor) -> None:
    desk = working_desk
    card = await desk.upload(patient, documentType="ID_CARD")
    proof = await desk.upload(patient, documentType="DELIVERY_PROOF")
    later = years_on(clock.now(), 11)
    renewal = ContractRenewalDueV1(
        case_id=new_id(),
        device_id=new_id(),
        patient_id=patient.patient_id,
        contract_id=new_id(),
        renewal_date=later.date(),
    )
    with clock.travel(later - timedelta(days=365)):
        await desk.running.publish(renewal)

        async def noted() -> Any:
            return await desk.running.resources.database.reads.fetchval(
                "SELECT last_at > now() + interval '8 years' FROM patient_activity WHERE patient_id = $1",
                patient.patient_id,
            )

        await eventually(noted)
    with clock.travel(later):

        async def let_go_of_the_proof() -> Any:
            await jobs.let_go(desk.running.resources)  # leaves to its next run what somebody is at work on
            return (await row(desk, proof) or {})["deleted_at"]

        await eventually(let_go_of_the_proof)
    assert (await row(desk, card) or {})["deleted_at"] is None


async def test_a_legal_hold_keeps_a_document_from_everybody_and_everything(
    desk: Any, patient: Actor, ops: Actor
) -> None:
    compliance = actor(Role.COMPLIANCE_ADMIN)
    document = await desk.upload(patient, documentType="OTHER")
    assert [await hold(desk, by, document) for by in (patient, ops)] == [403, 403]
    assert await hold(desk, compliance, {"id": str(new_id())}) == 404
    assert [await hold(desk, compliance, document) for _ in range(2)] == [204, 204]
    async with desk.running.client(patient) as client:
        refused = await client.delete(f"/documents/{document['id']}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "DOC_HELD_BY_LEGAL_HOLD")
    with clock.travel(years_on(clock.now(), 50)):
        await jobs.let_go(desk.running.resources)
    assert (await row(desk, document) or {})["deleted_at"] is None
    assert await hold(desk, compliance, document, "DELETE") == 204
    assert await desk.status(patient, "DELETE", f"/documents/{document['id']}") == 204
    assert len(await desk.audited("document.hold")) == 2


async def test_the_content_of_a_deleted_document_goes_after_a_month_and_its_hash_stays(
    desk: Any, patient: Actor
) -> None:
    document = await desk.upload(patient, filename="Nathalie Durand.pdf")
    place = await desk.stored(document["id"])
    await desk.status(patient, "DELETE", f"/documents/{document['id']}")
    with clock.travel(clock.now() + timedelta(days=29)):
        await jobs.clear_out(desk.running.resources)
    assert await exists(desk, place)
    with clock.travel(clock.now() + timedelta(days=31)):
        await jobs.clear_out(desk.running.resources)
        await jobs.clear_out(desk.running.resources)
    assert not await exists(desk, place)
    trace = await row(desk, document) or {}
    assert (trace["sha256_hash"], trace["filename"], trace["metadata"]) == (document["sha256Hash"], "", None)
    assert [str(found) for found in await desk.audited("document.purge")] == [document["id"]]


async def test_an_upload_that_was_never_completed_is_forgotten_with_its_content(desk: Any, patient: Actor) -> None:
    content = b"%PDF-1.7\n%%EOF\n"
    sent = await desk.announce(patient, content)
    await desk.send(sent["upload"], content)
    unsent = await desk.announce(patient)
    completed = await desk.upload(patient)
    place = await desk.stored(sent["document"]["id"])
    await jobs.clear_out(desk.running.resources)
    assert await row(desk, unsent["document"]) is not None
    with clock.travel(clock.now() + timedelta(hours=25)):
        await jobs.clear_out(desk.running.resources)
    assert await row(desk, sent["document"]) is None
    assert await row(desk, unsent["document"]) is None
    assert await row(desk, completed) is not None
    assert not await exists(desk, place)
