"""What the providers report: real ones from the mailbox, forged, replayed, out of order and about nothing of ours."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from common.clock import now
from common.contracts import cases
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor
from notifications.reports.domain import twilio_signature
from notifications.schedules import forget_reports
from notifications.testing import FakeIdentity, Mailbox, examples

Add = Callable[..., Awaitable[UUID]]
BREVO = {"Authorization": "Bearer brevo-webhook-token"}
TOKEN = "twilio-token"
SMS_ID = f"SM{'0' * 32}"


async def status_of(running: RunningService, notification_id: UUID) -> dict[str, Any]:
    row = await running.resources.database.reads.fetchrow(
        "SELECT status, failure_reason, delivered_at FROM notifications WHERE id = $1", notification_id
    )
    return dict(row)


def event(kind: str, message_id: str = "<m-1>", **changes: Any) -> dict[str, Any]:
    """A mail's report as Brevo writes it."""
    moment = int(now().timestamp())
    return {"event": kind, "email": "a@b.fr", "id": 1, "message-id": message_id, "ts_event": moment} | changes


async def brevo(running: RunningService, body: Any, headers: dict[str, str] | None = None) -> int:
    answer = await running.http.post("/api/v1/webhooks/brevo", json=body, headers=BREVO if headers is None else headers)
    return answer.status_code


def signed(running: RunningService, *, token: str = TOKEN, url: str | None = None, **fields: str) -> Any:
    """The arguments of an SMS's report as Twilio posts it."""
    form = {"AccountSid": "ACtest", "MessageSid": SMS_ID, "To": "+33612345678", **fields}
    signature = twilio_signature(token, url or running.resources.settings.twilio_callback_url, list(form.items()))
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return {"content": urlencode(form), "headers": headers}


async def twilio(running: RunningService, **fields: str) -> int:
    answer = await running.http.post("/api/v1/webhooks/twilio", **signed(running, **fields))
    return answer.status_code


@pytest.mark.parametrize(
    ("preference", "outcome", "status"),
    [
        ("EMAIL", "DELIVERED", "DELIVERED"),
        ("SMS", "DELIVERED", "DELIVERED"),
        ("EMAIL", "HARD_BOUNCE", "BOUNCED"),
        ("SMS", "UNDELIVERED", "BOUNCED"),
    ],
)
async def test_the_providers_own_report_ends_the_notification(
    reachable: RunningService, mailbox: Mailbox, identity: FakeIdentity, preference: str, outcome: str, status: str
) -> None:
    patient_id, user_id = identity.patient(contactPreference=preference)
    to = identity.email(user_id) if preference == "EMAIL" else identity.phone(user_id)
    await mailbox.outcome(to, outcome)
    await reachable.publish(examples(patient_id)[cases.CaseOpenedV1])
    [told] = await eventually(lambda: reachable.recorded(f"notification.{status.lower()}"))
    assert (await status_of(reachable, told.subject))["status"] == status
    assert {report["answer"] for report in await eventually(mailbox.reports)} == {204}


async def test_a_bounced_address_is_not_used_again_and_ops_is_told_once(
    reachable: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    ops = identity.person(Role.OPS)
    patient_id, user_id = identity.patient(phoneVerified=False)
    address = identity.email(user_id)
    await mailbox.outcome(address, "HARD_BOUNCE")
    await reachable.publish(examples(patient_id)[cases.CaseOpenedV1])
    [alert] = await eventually(lambda: mailbox.sent(identity.email(ops)))
    assert alert["subject"] == "Une adresse n’est plus joignable"
    assert str(user_id) in alert["text"]
    assert address not in alert["text"]
    await reachable.publish(examples(patient_id)[cases.QuoteSentV1])
    [failed] = await eventually(lambda: reachable.recorded("notification.failed"))
    assert (await status_of(reachable, failed.subject))["failure_reason"] == "ADDRESS_UNUSABLE"
    assert len(await mailbox.sent(address)) == 1
    assert len(await mailbox.sent(identity.email(ops))) == 1


async def test_whoever_mail_does_not_reach_is_told_by_sms(
    reachable: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient()
    await mailbox.outcome(identity.email(user_id), "BLOCKED")
    await reachable.publish(examples(patient_id)[cases.CaseOpenedV1])
    await eventually(lambda: reachable.recorded("notification.bounced"))
    await reachable.publish(examples(patient_id)[cases.QuoteSentV1])
    [sms] = await eventually(lambda: mailbox.sent(identity.phone(user_id)))
    assert "DV-2026-000123" in sms["text"]


async def test_a_corrected_address_is_used_and_a_retry_takes_the_old_one_for_alive(
    reachable: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient(phoneVerified=False)
    address = identity.email(user_id)
    await mailbox.outcome(address, "HARD_BOUNCE")
    await reachable.publish(examples(patient_id)[cases.CaseOpenedV1])
    [bounced] = await eventually(lambda: reachable.recorded("notification.bounced"))
    identity.people[user_id]["email"] = "new@example.fr"
    await reachable.publish(examples(patient_id)[cases.QuoteSentV1])
    await eventually(lambda: mailbox.sent("new@example.fr"))
    identity.people[user_id]["email"] = address
    await mailbox.outcome(address, "DELIVERED")
    ops = reachable.client(actor(Role.OPS))
    assert (await ops.post(f"/notifications/{bounced.subject}/retry")).status_code == 202
    await eventually(lambda: mailbox.sent(address), until=lambda sent: len(sent) == 2)


async def test_what_says_nothing_of_the_address_does_not_end_its_use(api: RunningService, add: Add) -> None:
    for kind, status in (("soft_bounce", "BOUNCED"), ("error", "FAILED")):
        identifier = await add(api, status="SENT", provider="BREVO", external_id=f"<{kind}>", address_index="0" * 64)
        assert await brevo(api, event(kind, f"<{kind}>")) == 204
        found = await status_of(api, identifier)
        assert (found["status"], found["failure_reason"]) == (status, f"BREVO {kind}")
    assert await api.recorded("address.unusable") == []


async def test_a_report_that_comes_again_changes_nothing(api: RunningService, add: Add) -> None:
    await add(api, status="SENT", provider="BREVO", external_id="<m-1>")
    for _ in range(3):
        assert await brevo(api, event("delivered")) == 204
    assert len(await api.recorded("notification.delivered")) == 1


async def test_reports_may_come_in_any_order_and_in_batches(api: RunningService, add: Add) -> None:
    first = await add(api, status="SENT", provider="BREVO", external_id="<m-1>")
    second = await add(api, status="SENT", provider="BREVO", external_id="<m-2>")
    batch = [event("hard_bounce"), event("opened"), event("delivered"), event("request"), event("delivered", "<m-2>")]
    assert await brevo(api, batch) == 204
    assert (await status_of(api, first))["status"] == "BOUNCED"
    assert (await status_of(api, second))["status"] == "DELIVERED"


async def test_a_report_of_an_unknown_message_waits_for_it(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity, add: Add
) -> None:
    assert await brevo(worker, event("delivered", "<nobody-knows>")) == 204
    assert await twilio(worker, MessageStatus="delivered") == 204
    patient_id, user_id = identity.patient()
    await worker.publish(examples(patient_id)[cases.CaseOpenedV1])
    [mail] = await eventually(lambda: mailbox.sent(identity.email(user_id)))
    await eventually(lambda: worker.recorded("notification.sent"))
    assert await worker.recorded("notification.delivered") == []
    assert mail["messageId"] != "<nobody-knows>"


async def test_a_report_that_overtakes_the_storing_of_the_message_is_applied_then(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient()
    await mailbox.fail("SLOW", seconds=0.5, operations=["email"])
    await worker.publish(examples(patient_id)[cases.CaseOpenedV1])
    [mail] = await eventually(lambda: mailbox.sent(identity.email(user_id)))
    assert await brevo(worker, event("delivered", mail["messageId"])) == 204
    [delivered] = await eventually(lambda: worker.recorded("notification.delivered"))
    assert (await status_of(worker, delivered.subject))["delivered_at"] is not None


async def test_a_forged_mail_report_is_refused(api: RunningService, add: Add) -> None:
    identifier = await add(api, status="SENT", provider="BREVO", external_id="<m-1>")
    forged: list[dict[str, str]] = [{}, {"Authorization": "Bearer guess"}, {"Authorization": "brevo-webhook-token"}]
    for headers in forged:
        assert await brevo(api, event("hard_bounce"), headers) == 401
    assert (await status_of(api, identifier))["status"] == "SENT"


async def test_a_mail_report_out_of_its_time_is_refused_as_a_replay(api: RunningService, add: Add) -> None:
    identifier = await add(api, status="SENT", provider="BREVO", external_id="<m-1>")
    for age in (4 * 86_400, -3_600, -(10**15)):
        assert await brevo(api, event("delivered", ts_event=int(now().timestamp()) - age)) == 400
    assert (await status_of(api, identifier))["status"] == "SENT"


async def test_a_mail_report_that_is_none_is_refused_or_empty(api: RunningService) -> None:
    no_event: list[Any] = [{}, "text", {"event": "delivered"}, {"event": "<b>", "message-id": "a", "ts_event": 1}]
    for body in no_event:
        assert await brevo(api, body) == 400
    assert await brevo(api, []) == 204


async def test_an_sms_report_is_taken_once_and_only_signed(api: RunningService, add: Add) -> None:
    identifier = await add(api, status="SENT", channel="SMS", provider="TWILIO", external_id=SMS_ID)
    assert await twilio(api, MessageStatus="undelivered", ErrorCode="30005", token="guess") == 401
    assert await twilio(api, MessageStatus="undelivered", url="https://elsewhere.example/webhooks/twilio") == 401
    altered = signed(api, MessageStatus="sent")
    altered["content"] = altered["content"].replace("sent", "failed")
    assert (await api.http.post("/api/v1/webhooks/twilio", **altered)).status_code == 401
    assert (await status_of(api, identifier))["status"] == "SENT"
    for _ in range(2):
        assert await twilio(api, MessageStatus="undelivered", ErrorCode="30005") == 204
    assert (await status_of(api, identifier))["failure_reason"] == "TWILIO undelivered 30005"
    assert len(await api.recorded("notification.bounced")) == 1


async def test_an_sms_report_of_another_account_or_without_its_fields_is_refused(api: RunningService) -> None:
    assert await twilio(api, MessageStatus="delivered", AccountSid="ACother") == 401
    assert await twilio(api) == 400
    assert await twilio(api, MessageStatus="sent") == 204


async def test_a_complaint_ends_reminders(api: RunningService, add: Add) -> None:
    me = actor(Role.PATIENT)
    await add(api, status="DELIVERED", provider="BREVO", external_id="<m-1>", recipient_id=me.user_id)
    assert await brevo(api, event("spam")) == 204
    assert (await api.client(me).get("/notifications/preferences")).json() == {"reminders": False}


async def test_old_reports_are_forgotten(worker: RunningService) -> None:
    database = worker.resources.database
    assert await brevo(worker, event("delivered", f"<{new_id()}>")) == 204
    assert await brevo(worker, event("delivered", "<old>")) == 204
    await database.reads.execute(
        "UPDATE provider_reports SET received_at = now() - interval '31 days' WHERE external_id = '<old>'"
    )
    await forget_reports(worker.resources)
    assert await database.reads.fetchval("SELECT count(*) FROM provider_reports") == 1
