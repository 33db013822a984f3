"""What no handler can read is kept aside, and what follows is handled."""

from common.contracts.jobs import IngestReturnV1, SubmitClaimV1, SyncClaimV1
from common.ids import new_id
from common.testing import eventually

from services.billing.tests.conftest import Billing


async def test_poisoned_events_and_jobs_hold_nothing_up(billing: Billing) -> None:
    running = billing.running
    await running.publish_raw("CASES", "axtech.cases.quote.approved", b"{}")
    await running.publish_raw("CASES", "axtech.cases.case.status-changed", b"not JSON")
    await running.publish_raw("DOCUMENTS", "axtech.documents.document.clean", b"[]")
    await running.publish_raw("JOBS", SubmitClaimV1.subject(), b"\xff")
    await billing.submitted()
    letters = await eventually(running.dead_letters, until=lambda found: len(found) == 4)
    assert {each["reason"] for each in letters} == {"invalid"}


async def test_jobs_about_what_is_not_there_do_nothing(billing: Billing) -> None:
    await billing.running.publish(SubmitClaimV1(claim_id=new_id(), attempt=1))
    await billing.running.publish(SyncClaimV1(claim_id=new_id()))
    await billing.running.publish(IngestReturnV1(return_id=new_id()))
    claim = await billing.submitted()
    await billing.running.publish(SubmitClaimV1(claim_id=claim["id"], attempt=7))
    await billing.submitted()
    assert await billing.running.dead_letters() == []
    assert (await billing.claim(claim["id"]))["status"] == "SUBMITTED"
