"""The table of what is told, row by row, without any server."""

import pytest
from common.contracts import cases, devices, documents
from common.contracts import identity as contracts
from common.contracts.enums import CaseStatus, Escalation, LinkPurpose, VisitOutcome
from common.contracts.map import consumer
from common.events.contract import Event
from common.ids import new_id
from notifications.catalogue.domain import TEMPLATES, TemplateId
from notifications.messages.domain import EVENTS, RULES, told_by
from notifications.testing import examples

WHO = new_id()


def templates(event: Event) -> list[str]:
    return [told.template.value for told in told_by(event)]


def test_the_table_and_the_map_name_the_same_events() -> None:
    assert set(EVENTS) == set(consumer("notifications", "messages").events)


def test_every_template_is_told_by_some_row_or_in_some_rows_place() -> None:
    told = {rule.template for rule in RULES} | {entry.moved for entry in TEMPLATES.values() if entry.moved}
    assert told | {TemplateId.DIGEST} == set(TemplateId)


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_the_context_is_what_its_template_takes_and_nothing_more(kind: type[Event]) -> None:
    for told in told_by(examples(WHO)[kind]):
        context = TEMPLATES[told.template].context
        assert context.model_validate(told.context).model_dump(mode="json", by_alias=True) == told.context


@pytest.mark.parametrize("status", CaseStatus)
def test_only_a_status_that_asks_something_of_the_patient_is_told(status: CaseStatus) -> None:
    event = examples(WHO)[cases.CaseStatusChangedV1].model_copy(update={"to_status": status})
    expected = {CaseStatus.DOCUMENTS_PENDING: "case.documents-requested", CaseStatus.CANCELLED: "case.cancelled"}
    assert templates(event) == ([expected[status]] if status in expected else [])


@pytest.mark.parametrize("outcome", VisitOutcome)
def test_only_a_visit_in_vain_is_told(outcome: VisitOutcome) -> None:
    event = examples(WHO)[devices.VisitCompletedV1].model_copy(update={"outcome": outcome})
    assert templates(event) == ["visit.missed"] * (outcome is VisitOutcome.NO_SHOW)


@pytest.mark.parametrize("purpose", LinkPurpose)
def test_each_purpose_of_a_link_has_its_mail(purpose: LinkPurpose) -> None:
    expected = f"account.{purpose.lower().replace('_', '-')}"
    assert templates(contracts.UserLinkRequestedV1(user_id=WHO, purpose=purpose)) == [expected]


def test_what_concerns_nobody_is_told_to_nobody() -> None:
    ours = examples(WHO)[documents.DocumentInfectedV1].model_copy(update={"owner_id": None})
    assert templates(ours) == ["staff.document-infected"]
    talk = examples(WHO)[devices.ConversationEscalatedV1].model_copy(update={"escalation": Escalation.NONE})
    assert templates(talk) == []
    safety = examples(WHO)[devices.TicketOpenedV1].model_copy(update={"is_safety_issue": True})
    assert templates(safety) == []


def test_what_somebody_waits_for_keeps_to_no_hours_and_no_digest() -> None:
    awaited = {template for template, entry in TEMPLATES.items() if entry.is_awaited}
    assert awaited == {
        *(TemplateId.VERIFY_EMAIL, TemplateId.RESET_PASSWORD, TemplateId.STAFF_INVITATION, TemplateId.PHONE_CODE),
        *(TemplateId.SAFETY_HOTLINE, TemplateId.STAFF_SAFETY_REPORTED, TemplateId.STAFF_CONVERSATION_ESCALATED),
        TemplateId.VISIT_DEPARTED,
    }
    optional = {template for template, entry in TEMPLATES.items() if entry.optional}
    assert optional == {TemplateId.CONTRACT_RENEWAL_DUE, TemplateId.CONTRACT_SERVICE_DUE}
    assert {template for template, entry in TEMPLATES.items() if not entry.is_ordinary} == awaited | optional
