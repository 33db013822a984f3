"""What billing lets go of when a patient is forgotten, and what it keeps."""

from uuid import UUID

from common.contracts.documents import DocumentCleanV1
from common.contracts.enums import DocumentType
from common.contracts.identity import PatientErasedV1
from common.ids import new_id
from common.testing import eventually

from services.billing.tests.conftest import Billing


async def test_an_erasure_cancels_what_was_never_sent_and_keeps_what_was(billing: Billing) -> None:
    patient_id = new_id()
    sent = await billing.submitted(patient_id=patient_id)
    draft = await billing.draft(patient_id=patient_id)
    other = await billing.draft()
    known = "SELECT count(*) FROM case_documents WHERE patient_id = $1"
    loose = DocumentCleanV1(
        document_id=new_id(), document_type=DocumentType.OTHER, owner_id=None, patient_id=patient_id, case_id=None
    )
    await billing.running.publish(loose)
    reads = billing.running.resources.database.reads
    await eventually(lambda: reads.fetchval(known, patient_id), until=lambda count: count == 1)
    await billing.running.publish_raw("IDENTITY", PatientErasedV1.subject(), b"{}")
    await billing.running.publish(PatientErasedV1(patient_id=patient_id, user_id=new_id()), times=2)
    await billing.until(draft["id"], "CANCELLED")
    assert await reads.fetchval(known, patient_id) == 0
    assert (await billing.claim(sent["id"]))["status"] == "SUBMITTED"
    assert (await billing.claim(other["id"]))["status"] == "DRAFT"
    assert (await billing.events(draft["id"])).count("claim.cancelled") == 1
    erased = [each.data for each in await billing.running.recorded("audit.recorded") if "erase" in each.data["action"]]
    assert [UUID(entry["objectId"]) for entry in erased] == [patient_id]
    async with billing.running.internal("identity") as identity, billing.running.internal("cases") as cases:
        exported = (await identity.get(f"/patients/{patient_id}/claims", params={"limit": 1})).json()
        assert [claim["id"] for claim in exported["items"]] == [draft["id"]]
        assert {"documents", "returns", "payments", "history"} <= exported["items"][0].keys()
        following = {"limit": 1, "cursor": exported["nextCursor"]}
        rest = (await identity.get(f"/patients/{patient_id}/claims", params=following)).json()
        assert ([claim["id"] for claim in rest["items"]], rest["nextCursor"]) == ([sent["id"]], None)
        assert (await cases.get(f"/patients/{patient_id}/claims")).status_code == 403
    [letter] = await billing.running.dead_letters()
    assert (letter["consumer"], letter["reason"]) == ("billing-erasures", "invalid")
