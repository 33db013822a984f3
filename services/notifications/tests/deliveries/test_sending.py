"""Handing over through the queue: faults, retries, failover, quiet hours and digests."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from common import clock
from common.clock import PARIS
from common.contracts import billing, cases
from common.contracts import identity as contracts
from common.contracts.enums import LinkPurpose, Role
from common.contracts.jobs import DeliverNotificationV1
from common.errors import Unavailable
from common.events.contract import Event
from common.events.retry import RetryPolicy, TryLater
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor
from notifications.deliveries import sending
from notifications.jobs import JOBS
from notifications.schedules import send_held
from notifications.testing import FakeIdentity, Mailbox, examples
from notifications.testing.smtp import serve_smtp

Start = Callable[..., Awaitable[RunningService]]
Add = Callable[..., Awaitable[UUID]]
NIGHT, MORNING = datetime(2027, 3, 10, 23, tzinfo=PARIS), datetime(2027, 3, 11, 8, tzinfo=PARIS)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue's six attempts, without the pauses between them."""
    monkeypatch.setattr(JOBS, "spec", replace(JOBS.spec, retry=RetryPolicy(attempts=6, first_delay=0.01, factor=1.5)))


async def rows(running: RunningService) -> list[dict[str, Any]]:
    found = await running.resources.database.reads.fetch("SELECT * FROM notifications ORDER BY id")
    return [dict(row) for row in found]


async def settled(running: RunningService, count: int) -> list[dict[str, Any]]:
    """The notifications, once there are `count` and none is pending."""
    return await eventually(
        lambda: rows(running),
        until=lambda found: len(found) == count and all(row["status"] != "PENDING" for row in found),
        seconds=20,
    )


@pytest.mark.usefixtures("quick")
async def test_whatever_the_provider_answers_the_mail_arrives_in_the_end(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient()
    for kind in ("SERVER_ERROR", "EMPTY", "HTML", "RATE_LIMIT", "TIMEOUT"):
        await mailbox.fail(kind, operations=["email"])
    await worker.publish(examples(patient_id)[cases.QuoteSentV1])
    [row] = await settled(worker, 1)
    assert row["status"] == "SENT"
    assert len(await mailbox.sent(identity.email(user_id))) == 1
    assert await worker.dead_letters() == []


@pytest.mark.usefixtures("quick")
async def test_after_the_fifth_retry_it_has_failed_and_staff_may_send_it_again(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient()
    await mailbox.fail("SERVER_ERROR", operations=["email"], count=6)
    await worker.publish(examples(patient_id)[cases.QuoteSentV1])
    [row] = await settled(worker, 1)
    assert (row["status"], row["failure_reason"]) == ("FAILED", "GAVE_UP Unreachable")
    [dead] = await eventually(worker.dead_letters)
    assert (dead["reason"], dead["deliveries"]) == ("exhausted", 6)
    assert [event.subject for event in await worker.recorded("notification.failed")] == [row["id"]]
    await worker.client(actor(Role.OPS)).post(f"/notifications/{row['id']}/retry")
    [mail] = await eventually(lambda: mailbox.sent(identity.email(user_id)))
    assert mail["idempotencyKey"] != str(row["id"])


async def test_what_the_provider_refuses_has_failed_at_once_with_its_code(
    worker: RunningService, identity: FakeIdentity
) -> None:
    patient_id, _ = identity.patient(email="not an address")
    await worker.publish(examples(patient_id)[cases.QuoteSentV1])
    [row] = await settled(worker, 1)
    assert (row["status"], row["failure_reason"]) == ("FAILED", "BREVO 400 invalid_parameter")


async def test_a_number_that_is_none_is_given_up(worker: RunningService, identity: FakeIdentity) -> None:
    patient_id, _ = identity.patient(contactPreference="SMS", phone="0612")
    await worker.publish(examples(patient_id)[cases.QuoteSentV1])
    [row] = await settled(worker, 1)
    assert row["failure_reason"] == "TWILIO 400 21211"
    [given_up] = await worker.recorded("address.unusable")
    assert given_up.data["channel"] == "SMS"


async def test_nothing_about_a_file_goes_to_an_address_that_is_not_verified(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient(emailVerified=False, phoneVerified=False)
    await worker.publish(examples(patient_id)[cases.QuoteSentV1])
    [row] = await settled(worker, 1)
    assert (row["status"], row["failure_reason"]) == ("FAILED", "EMAIL_NOT_VERIFIED")
    assert await mailbox.sent(identity.email(user_id)) == []


async def test_a_link_that_nobody_has_use_for_is_not_sent(worker: RunningService, identity: FakeIdentity) -> None:
    user_id = identity.person(emailVerified=False)
    identity.settled.add(user_id)
    await worker.publish(contracts.UserLinkRequestedV1(user_id=user_id, purpose=LinkPurpose.VERIFY_EMAIL))
    [row] = await settled(worker, 1)
    assert (row["status"], row["failure_reason"]) == ("FAILED", "NOTHING_TO_SEND")


async def test_whoever_is_gone_by_then_is_not_written_to(
    worker: RunningService, identity: FakeIdentity, add: Add
) -> None:
    identifier = await add(worker)
    await worker.publish(DeliverNotificationV1(notification_id=identifier))
    [row] = await settled(worker, 1)
    assert row["failure_reason"] == "RECIPIENT_GONE"


async def test_a_job_that_comes_twice_sends_once(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity, add: Add
) -> None:
    user_id = identity.person()
    identifier = await add(worker, recipient_id=user_id)
    await mailbox.fail("SLOW", seconds=0.2, operations=["email"])
    for _ in range(4):
        await worker.publish(DeliverNotificationV1(notification_id=identifier))
    await settled(worker, 1)
    await worker.publish(DeliverNotificationV1(notification_id=identifier))
    await worker.jobs_done()
    assert len(await mailbox.sent(identity.email(user_id))) == 1
    assert len(await worker.recorded("notification.sent")) == 1


async def test_messages_asked_for_again_by_a_new_broker_are_not_sent_again(
    start: Start, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    running = await start(sms_quiet_hours="21:00-08:00")
    told, user_id = identity.patient()
    unverified, _ = identity.patient(emailVerified=False, phoneVerified=False)
    by_phone, holder = identity.patient(contactPreference="SMS")
    with clock.travel(NIGHT):
        for patient_id in (told, unverified, by_phone):
            await running.publish(examples(patient_id)[cases.QuoteSentV1])
        await eventually(lambda: rows(running), until=lambda found: len(found) == 3)
        await running.jobs_done()
        before = await rows(running)
        assert await running.republish_jobs() == 6  # of each announcement and of each notification
        assert await rows(running) == before
    assert sorted(row["status"] for row in before) == ["FAILED", "PENDING", "SENT"]
    assert len(await mailbox.sent(identity.email(user_id))) == 1
    assert await mailbox.sent(identity.phone(holder)) == []
    assert len(await running.recorded("notification.sent")) == len(await running.recorded("notification.failed")) == 1


async def test_poison_is_kept_with_its_reason(worker: RunningService) -> None:
    await worker.publish(DeliverNotificationV1(notification_id=new_id()))
    await worker.publish_raw("CASES", "axtech.cases.quote.sent", b"{}")
    await worker.publish_raw("JOBS", "axtech.jobs.notifications.deliver-notification", b"not json")
    dead = await eventually(worker.dead_letters, until=lambda found: len(found) == 3)
    assert sorted(each["reason"] for each in dead) == ["invalid", "invalid", "permanent"]


async def test_smtp_takes_over_while_brevo_is_away(start: Start, mailbox: Mailbox, identity: FakeIdentity) -> None:
    async with serve_smtp() as relay:
        running = await start(
            mail_providers="brevo,smtp", brevo_url="http://127.0.0.1:9", smtp_port=relay.port, smtp_security="none"
        )
        patient_id, user_id = identity.patient()
        await running.publish(examples(patient_id)[cases.QuoteSentV1])
        [row] = await settled(running, 1)
        assert (row["status"], row["provider"]) == ("SENT", "SMTP")
        [(to, received)] = relay.received
        assert to == identity.email(user_id)
        assert received["message-id"] == row["external_id"]


async def test_an_sms_that_can_wait_waits_for_the_morning(
    start: Start, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    running = await start(sms_quiet_hours="21:00-08:00")
    patient_id, user_id = identity.patient(contactPreference="SMS")
    with clock.travel(NIGHT):
        await running.publish(examples(patient_id)[billing.ClaimPaidV1])
        [row] = await eventually(lambda: rows(running), until=lambda found: bool(found) and bool(found[0]["held_for"]))
        assert (row["status"], row["held_for"], row["held_until"]) == ("PENDING", "QUIET_HOURS", MORNING)
        await running.publish(contracts.UserPhoneCodeRequestedV1(user_id=user_id))
        await eventually(lambda: mailbox.sent(identity.phone(user_id)))
        await send_held(running.resources)
    assert len(await mailbox.sent(identity.phone(user_id))) == 1
    with clock.travel(MORNING):
        for _ in range(2):
            await send_held(running.resources)
        await eventually(lambda: mailbox.sent(identity.phone(user_id)), until=lambda sent: len(sent) == 2)
        await settled(running, 2)
    assert len(await mailbox.sent(identity.phone(user_id))) == 2


async def test_many_mails_at_once_come_as_one_and_share_its_fate(
    start: Start, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    running = await start(digest_after=2, digest_minutes=10)
    patient_id, user_id = identity.patient()
    events = examples(patient_id)
    told: list[type[Event]] = [
        cases.CaseOpenedV1,
        cases.PrescriptionVerifiedV1,
        cases.QuoteSentV1,
        cases.QuoteApprovedV1,
    ]
    for kind in told:
        await running.publish(events[kind])
    waiting = await eventually(
        lambda: rows(running),
        until=lambda found: len(found) == 4 and sorted(row["status"] for row in found)[2:] == ["SENT", "SENT"],
    )
    held = [row for row in waiting if row["held_for"] == "DIGEST"]
    assert len(held) == 2
    with clock.travel(held[-1]["held_until"]):
        for _ in range(2):
            await send_held(running.resources)
        found = await settled(running, 5)
    [digest] = [row for row in found if row["template_id"] == "digest"]
    together = [row for row in found if row["digest_id"] == digest["id"]]
    assert {row["id"] for row in together} == {row["id"] for row in held}
    mails = await mailbox.sent(identity.email(user_id))
    assert len(mails) == 3
    assert mails[-1]["subject"] == "2 nouvelles de votre espace AX TECH"
    assert len(await running.recorded("notification.sent")) == 5


async def test_one_that_waited_alone_is_sent_as_it_is(start: Start, mailbox: Mailbox, identity: FakeIdentity) -> None:
    running = await start(digest_after=1, digest_minutes=10)
    patient_id, user_id = identity.patient()
    await running.publish(examples(patient_id)[cases.CaseOpenedV1])
    await settled(running, 1)
    await running.publish(examples(patient_id)[cases.QuoteSentV1])
    [_, held] = await eventually(lambda: rows(running), until=lambda found: len(found) == 2)
    with clock.travel(held["held_until"]):
        await send_held(running.resources)
        await settled(running, 2)
    assert [mail["subject"] for mail in await mailbox.sent(identity.email(user_id))][-1] == (
        "Votre devis DV-2026-000123 est prêt"
    )


async def test_what_a_killed_process_was_sending_is_sent_once_it_is_surely_dead(
    api: RunningService, mailbox: Mailbox, identity: FakeIdentity, add: Add
) -> None:
    user_id = identity.person()
    identifier = await add(api, recipient_id=user_id, sending_until=clock.now() + timedelta(seconds=60))
    with pytest.raises(TryLater):
        await sending.deliver(api.resources, identifier)
    assert await mailbox.sent(identity.email(user_id)) == []
    with clock.travel(clock.now() + timedelta(seconds=61)):
        await sending.deliver(api.resources, identifier)
    [mail] = await mailbox.sent(identity.email(user_id))
    assert mail["idempotencyKey"] == str(identifier)
    metrics = (await api.http.get("/metrics")).text
    assert 'notifications_total{channel="EMAIL",status="SENT"}' in metrics
    assert 'notification_provider_calls_total{outcome="taken",provider="BREVO"}' in metrics


async def test_while_identity_is_away_nothing_is_given_up_and_nothing_stays_taken(
    api: RunningService, identity: FakeIdentity, add: Add
) -> None:
    identifier = await add(api, recipient_id=identity.person())
    identity.away = True
    with pytest.raises(Unavailable):
        await sending.deliver(api.resources, identifier)
    [row] = await rows(api)
    assert (row["status"], row["sending_until"]) == ("PENDING", None)
