"""From events to what people get, through the broker, identity and the providers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from common import clock
from common.contracts import billing, cases, devices, documents
from common.contracts import identity as contracts
from common.contracts import notifications as own
from common.contracts.enums import STAFF, LinkPurpose, Role
from common.contracts.map import consumer
from common.events.contract import Event
from common.events.retry import RetryPolicy
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor
from notifications.jobs import JOBS
from notifications.schedules import send_held
from notifications.testing import FakeIdentity, Mailbox, examples

PATIENT = None
TABLE: dict[type[Event], set[tuple[str, Role | None]]] = {
    contracts.UserLinkRequestedV1: {("account.verify-email", PATIENT)},
    contracts.UserAddressReusedV1: {("account.address-reused", PATIENT)},
    contracts.UserPhoneCodeRequestedV1: {("account.phone-code", PATIENT)},
    contracts.BreakGlassGrantedV1: {("staff.break-glass", Role.COMPLIANCE_ADMIN)},
    cases.CaseOpenedV1: {("case.opened", PATIENT)},
    cases.CaseStatusChangedV1: {("case.documents-requested", PATIENT)},
    cases.CaseOverdueV1: {("staff.case-overdue", Role.OPS)},
    cases.CaseClaimMissingV1: {("staff.claim-missing", Role.OPS)},
    cases.PrescriptionVerifiedV1: {("prescription.verified", PATIENT)},
    cases.PrescriptionRejectedV1: {("prescription.rejected", PATIENT)},
    cases.QuoteSentV1: {("quote.ready", PATIENT)},
    cases.QuoteApprovedV1: {("quote.approved", PATIENT)},
    cases.CaseDeliveryScheduledV1: {("delivery.scheduled", PATIENT)},
    cases.CaseDeliveredV1: {("delivery.done", PATIENT)},
    documents.DocumentInfectedV1: {("document.infected", PATIENT), ("staff.document-infected", Role.OPS)},
    billing.ClaimSubmittedV1: {("claim.submitted", PATIENT)},
    billing.ClaimAcceptedV1: {("claim.accepted", PATIENT)},
    billing.ClaimRejectedV1: {("claim.rejected", PATIENT)},
    billing.ClaimPartiallyPaidV1: {("claim.partially-paid", PATIENT)},
    billing.ClaimPaidV1: {("claim.paid", PATIENT)},
    billing.GatewayFailingV1: {("staff.gateway-failing", Role.OPS), ("staff.gateway-failing", Role.BILLING)},
    devices.ContractActivatedV1: {("contract.activated", PATIENT)},
    devices.ContractRenewalDueV1: {("contract.renewal-due", PATIENT)},
    devices.ContractServiceDueV1: {("contract.service-due", PATIENT)},
    devices.ContractExpiredV1: {("contract.expired", PATIENT)},
    devices.ContractBudgetLowV1: {("staff.budget-low", Role.OPS)},
    devices.ConversationEscalatedV1: {("staff.conversation-escalated", Role.OPS)},
    devices.TicketOpenedV1: {("ticket.opened", PATIENT)},
    devices.TicketSafetyReportedV1: {("safety.hotline", PATIENT), ("staff.safety-reported", Role.OPS)},
    devices.TicketResolvedV1: {("ticket.resolved", PATIENT)},
    devices.VisitScheduledV1: {("visit.scheduled", PATIENT)},
    devices.VisitDepartedV1: {("visit.departed", PATIENT)},
    devices.VisitCompletedV1: {("visit.missed", PATIENT)},
    own.AddressUnusableV1: {("staff.address-unusable", Role.OPS)},
    own.CallRequestedV1: {("staff.call-patient", Role.OPS)},
}
"""Which event is told by which template, to the patient (or the user it is about) or to everybody of a role."""
TOLD_TO_A_USER = frozenset(
    {
        contracts.UserLinkRequestedV1,
        contracts.UserAddressReusedV1,
        contracts.UserPhoneCodeRequestedV1,
        documents.DocumentInfectedV1,
    }
)


async def notifications(running: RunningService) -> Sequence[dict[str, Any]]:
    rows = await running.resources.database.reads.fetch("SELECT * FROM notifications ORDER BY id")
    return [dict(row) for row in rows]


async def settled(running: RunningService) -> bool:
    """Whether every announcement was addressed and every notification is on its way or given up."""
    waiting = await running.resources.database.reads.fetchval(
        "SELECT (SELECT count(*) FROM announcements WHERE state = 'PENDING') "
        "+ (SELECT count(*) FROM notifications WHERE status = 'PENDING')"
    )
    return bool(waiting == 0)


async def told(running: RunningService, count: int) -> Sequence[dict[str, Any]]:
    """The notifications, once there are `count` and none is pending."""
    await eventually(lambda: notifications(running), until=lambda rows: len(rows) >= count)
    await eventually(lambda: settled(running))
    return await notifications(running)


async def test_every_event_of_the_map_reaches_those_it_is_for(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    staff = {role: identity.person(role) for role in STAFF}
    about: dict[UUID, type[Event]] = {}
    people: dict[type[Event], UUID] = {}
    for kind in consumer("notifications", "messages").events:
        patient_id, user_id = identity.patient()
        identity.people[patient_id] = {**identity.people[user_id], "userId": str(patient_id)}
        about[await worker.publish(examples(patient_id)[kind])] = kind
        people[kind] = patient_id if kind in TOLD_TO_A_USER else user_id
    announced, all_of_them = "SELECT count(*) FROM announcements", sum(map(len, TABLE.values()))
    await eventually(
        lambda: worker.resources.database.reads.fetchval(announced), until=lambda count: count >= all_of_them
    )
    rows = await told(worker, all_of_them)
    assert {row["status"] for row in rows} == {"SENT"}
    assert all(row["external_id"] for row in rows)
    found: dict[type[Event], set[tuple[str, UUID]]] = {kind: set() for kind in about.values()}
    for row in rows:
        found[about[row["event_id"]]].add((row["template_id"], row["recipient_id"]))
    assert found == {
        kind: {(template, staff[whom] if isinstance(whom, Role) else people[kind]) for template, whom in expected}
        for kind, expected in TABLE.items()
    }
    for row in rows:
        reached = identity.email if row["channel"] == "EMAIL" else identity.phone
        assert await mailbox.sent(reached(row["recipient_id"]))


async def test_an_event_delivered_again_and_again_is_told_once(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient()
    event = examples(patient_id)[cases.QuoteSentV1]
    event_id = await worker.publish(event, times=4)
    await told(worker, 1)
    await worker.publish(event, event_id=event_id, times=3)
    later = await worker.publish(examples(patient_id)[cases.CaseDeliveredV1])
    rows = await told(worker, 2)
    assert {row["event_id"] for row in rows} == {event_id, later}
    [quote, _delivered] = await mailbox.sent(identity.email(user_id))
    assert quote["subject"] == "Votre devis DV-2026-000123 est prêt"
    [sent, _] = await worker.recorded("notification.sent")
    assert sent.data["caseId"] == str(event.model_dump()["case_id"])
    assert sent.subject == rows[0]["id"]


async def test_a_proxy_is_told_too_and_reads_on_whose_behalf(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    proxy = identity.person(language="en", firstName="Paul")
    patient_id, user_id = identity.patient(proxy)
    await worker.publish(examples(patient_id)[cases.CaseOpenedV1])
    await told(worker, 2)
    [own] = await mailbox.sent(identity.email(user_id))
    [on_behalf] = await mailbox.sent(identity.email(proxy))
    assert "Bonjour Nathalie," in own["text"]
    assert "représentez" not in own["text"]
    assert "Hello Paul," in on_behalf["text"]
    assert "about the person you represent" in on_behalf["text"]
    assert "about the person you represent" in on_behalf["html"]


@pytest.mark.parametrize(
    ("preference", "verified", "channels"),
    [
        ("SMS", True, ["SMS"]),
        ("SMS", False, ["EMAIL"]),
        ("EMAIL", True, ["EMAIL"]),
        ("PHONE", True, ["EMAIL"]),
    ],
)
async def test_the_preferred_channel_is_taken_where_it_is_verified(
    worker: RunningService, identity: FakeIdentity, preference: str, verified: bool, channels: list[str]
) -> None:
    patient_id, _ = identity.patient(contactPreference=preference, phoneVerified=verified)
    await worker.publish(examples(patient_id)[billing.ClaimPaidV1])
    rows = await told(worker, 1)
    assert [(row["channel"], row["status"]) for row in rows] == [(channel, "SENT") for channel in channels]


async def test_a_safety_issue_goes_by_every_channel_and_alerts_ops(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient()
    ops = [identity.person(Role.OPS) for _ in range(2)]
    identity.person(Role.BILLING)
    await worker.publish(examples(patient_id)[devices.TicketSafetyReportedV1])
    rows = await told(worker, 4)
    assert sorted((row["recipient_id"], row["channel"]) for row in rows) == sorted(
        [(user_id, "EMAIL"), (user_id, "SMS"), *((each, "EMAIL") for each in ops)]
    )
    [sms] = await mailbox.sent(identity.phone(user_id))
    assert "01 99 00 00 15" in sms["text"]


async def test_a_ticket_of_a_safety_issue_is_told_by_the_hotline_message_alone(
    worker: RunningService, identity: FakeIdentity
) -> None:
    patient_id, _ = identity.patient()
    opened = examples(patient_id)[devices.TicketOpenedV1].model_copy(update={"is_safety_issue": True})
    await worker.publish(opened)
    await worker.publish(examples(patient_id)[devices.TicketResolvedV1])
    assert [row["template_id"] for row in await told(worker, 1)] == ["ticket.resolved"]


async def test_an_appointment_that_was_moved_meanwhile_is_not_told_any_more(
    worker: RunningService, identity: FakeIdentity
) -> None:
    patient_id, _ = identity.patient()
    case, scheduled = new_id(), examples(patient_id)[cases.CaseDeliveryScheduledV1]
    await worker.publish(scheduled, of=case, version=3)
    await told(worker, 1)
    await worker.publish(scheduled, of=case, version=2)
    await worker.publish(scheduled, of=case, version=4)
    rows = await told(worker, 2)
    assert [row["template_id"] for row in rows] == ["delivery.scheduled", "delivery.moved"]
    states = await worker.resources.database.reads.fetch(
        "SELECT subject_version, state FROM announcements ORDER BY subject_version"
    )
    assert [tuple(row) for row in states] == [(2, "OVERTAKEN"), (3, "ADDRESSED"), (4, "ADDRESSED")]


async def test_a_visit_that_takes_anothers_place_is_told_as_moved(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient()
    scheduled = examples(patient_id)[devices.VisitScheduledV1]
    await worker.publish(scheduled.model_copy(update={"rescheduled_from_id": new_id()}))
    assert [row["template_id"] for row in await told(worker, 1)] == ["visit.moved"]
    [mail] = await mailbox.sent(identity.email(user_id))
    assert mail["subject"] == "La visite du technicien est déplacée"


async def test_whoever_prefers_the_telephone_is_written_to_and_ops_is_asked_to_call(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    ops = identity.person(Role.OPS)
    patient_id, user_id = identity.patient(contactPreference="PHONE")
    await worker.publish(examples(patient_id)[cases.QuoteSentV1])
    rows = await told(worker, 2)
    assert [(row["template_id"], row["recipient_id"]) for row in rows] == [
        ("quote.ready", user_id),
        ("staff.call-patient", ops),
    ]
    [requested] = await worker.recorded("call.requested")
    assert requested.data["about"] == "quote.ready"
    [mail] = await mailbox.sent(identity.email(ops))
    assert str(user_id) in mail["text"]


async def test_whoever_unsubscribed_gets_no_reminder_but_all_about_the_file(
    worker: RunningService, identity: FakeIdentity
) -> None:
    proxy = identity.person()
    patient_id, user_id = identity.patient(proxy)
    patient = worker.client(actor(Role.PATIENT, user_id=user_id))
    assert (await patient.put("/notifications/preferences", json={"reminders": False})).status_code == 200
    await worker.publish(examples(patient_id)[devices.ContractRenewalDueV1])
    await worker.publish(examples(patient_id)[devices.ContractActivatedV1])
    rows = await told(worker, 3)
    assert sorted((row["template_id"], row["recipient_id"]) for row in rows) == sorted(
        [("contract.renewal-due", proxy), ("contract.activated", user_id), ("contract.activated", proxy)]
    )


async def test_identity_may_be_away_for_a_while(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    patient_id, user_id = identity.patient()
    identity.away = True
    await worker.publish(examples(patient_id)[cases.PrescriptionVerifiedV1])
    announced = "SELECT count(*) FROM announcements"
    await eventually(lambda: worker.resources.database.reads.fetchval(announced))
    identity.away = False
    await eventually(lambda: mailbox.sent(identity.email(user_id)), seconds=30)
    assert len(await told(worker, 1)) == 1


async def test_what_the_queue_gave_up_is_told_when_identity_is_back(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JOBS, "spec", replace(JOBS.spec, retry=RetryPolicy(attempts=2, first_delay=0.01)))
    patient_id, user_id = identity.patient()
    identity.away = True
    await worker.publish(examples(patient_id)[cases.PrescriptionVerifiedV1])
    [dead] = await eventually(worker.dead_letters)
    assert dead["reason"] == "exhausted"
    await send_held(worker.resources)
    assert len(await worker.recorded("notifications.address-announcement")) == 1
    identity.away = False
    with clock.travel(clock.now() + timedelta(minutes=11)):
        for _ in range(2):
            await send_held(worker.resources)
        await told(worker, 1)
    assert len(await mailbox.sent(identity.email(user_id))) == 1
    assert len(await worker.recorded("notifications.address-announcement")) == 2


async def test_an_audience_that_identity_does_not_know_is_kept_with_its_reason(
    worker: RunningService, identity: FakeIdentity
) -> None:
    await worker.publish(examples(new_id())[cases.PrescriptionVerifiedV1])
    [dead] = await eventually(worker.dead_letters)
    assert dead["reason"] == "permanent"
    assert "identity knows no PATIENT" in dead["error"]
    state = await worker.resources.database.reads.fetchval("SELECT state FROM announcements")
    assert state == "UNADDRESSABLE"
    assert await notifications(worker) == []


async def test_what_identity_must_not_be_asked_for_is_asked_at_the_last_moment_and_kept_nowhere(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    user_id = identity.person(emailVerified=False, phoneVerified=False)
    for purpose in LinkPurpose:
        await worker.publish(contracts.UserLinkRequestedV1(user_id=user_id, purpose=purpose))
    await worker.publish(contracts.UserPhoneCodeRequestedV1(user_id=user_id))
    rows = await told(worker, 4)
    assert {row["status"] for row in rows} == {"SENT"}
    assert sorted(kind for _, kind in identity.minted) == sorted([*LinkPurpose, "PHONE_CODE"])
    mails = await mailbox.sent(identity.email(user_id))
    assert len(mails) == 3
    assert all("token=secret-" in "".join(mail["links"]) for mail in mails)
    [sms] = await mailbox.sent(identity.phone(user_id))
    assert "482913" in sms["text"]
    kept = str([*rows, *(event.model_dump_json() for event in await worker.recorded())])
    assert all(each not in kept for each in ("secret-", "482913", "Nathalie", "@example.fr"))


async def test_an_infected_document_of_ours_is_told_to_ops_alone(
    worker: RunningService, identity: FakeIdentity
) -> None:
    ops: UUID = identity.person(Role.OPS)
    event = examples(new_id())[documents.DocumentInfectedV1].model_copy(update={"owner_id": None})
    await worker.publish(event)
    assert [row["recipient_id"] for row in await told(worker, 1)] == [ops]
