"""The one table of what is told: which event, by which template, to whom."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from common.contracts import billing, cases, devices, documents, identity, notifications
from common.contracts.enums import CaseStatus, Escalation, LinkPurpose, Role, VisitOutcome
from common.events.contract import Event

from notifications.catalogue.domain import TEMPLATES, TemplateId

E = TypeVar("E", bound=Event)


class AudienceKind(StrEnum):
    PATIENT = "PATIENT"
    """The patient and whoever is an active proxy for them."""
    USER = "USER"
    STAFF = "STAFF"
    """Everybody active in a role."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a message is for; `id` of a patient or a user, `role` of staff."""

    kind: AudienceKind
    id: UUID | None = None
    role: Role | None = None


@dataclass(frozen=True)
class Rule(Generic[E]):
    """One row of the table. `to` gives None, or `when` False, where this very event is told to nobody."""

    event: type[E]
    template: TemplateId
    to: Callable[[E], Audience | None]
    when: Callable[[E], bool] = lambda _event: True


def patient(event: Any) -> Audience:
    """The patient of the event, and their proxies."""
    return Audience(AudienceKind.PATIENT, id=event.patient_id)


def user(event: Any) -> Audience:
    """The user the event is about."""
    return Audience(AudienceKind.USER, id=event.user_id)


def uploader(event: documents.DocumentInfectedV1) -> Audience | None:
    """Who uploaded the document; nobody when it is one of ours."""
    return Audience(AudienceKind.USER, id=event.owner_id) if event.owner_id else None


def staff(role: Role) -> Callable[[Any], Audience]:
    """Everybody of `role`."""
    return lambda _event: Audience(AudienceKind.STAFF, role=role)


def asked_for(purpose: LinkPurpose) -> Callable[[identity.UserLinkRequestedV1], bool]:
    """Whether the link is for `purpose`."""
    return lambda event: event.purpose is purpose


def now_in(status: CaseStatus) -> Callable[[cases.CaseStatusChangedV1], bool]:
    """Whether the case has just become `status`."""
    return lambda event: event.to_status is status


def takes_anothers_place(event: devices.VisitScheduledV1) -> bool:
    """Whether the visit is one that was moved."""
    return event.rescheduled_from_id is not None


def is_new(event: devices.VisitScheduledV1) -> bool:
    """Whether the visit is none that was moved."""
    return event.rescheduled_from_id is None


def found_nobody(event: devices.VisitCompletedV1) -> bool:
    """Whether the technician came in vain."""
    return event.outcome is VisitOutcome.NO_SHOW


def needs_somebody(event: devices.ConversationEscalatedV1) -> bool:
    """Whether the assistant has handed over to anybody."""
    return event.escalation is not Escalation.NONE


def not_a_safety_issue(event: devices.TicketOpenedV1) -> bool:
    """A safety issue is told by the message that names the hotline, and by no second one."""
    return not event.is_safety_issue


T = TemplateId
RULES: tuple[Rule[Any], ...] = (
    Rule(identity.UserLinkRequestedV1, T.VERIFY_EMAIL, user, asked_for(LinkPurpose.VERIFY_EMAIL)),
    Rule(identity.UserLinkRequestedV1, T.RESET_PASSWORD, user, asked_for(LinkPurpose.RESET_PASSWORD)),
    Rule(identity.UserLinkRequestedV1, T.STAFF_INVITATION, user, asked_for(LinkPurpose.STAFF_INVITATION)),
    Rule(identity.UserAddressReusedV1, T.ADDRESS_REUSED, user),
    Rule(identity.UserPhoneCodeRequestedV1, T.PHONE_CODE, user),
    Rule(cases.CaseOpenedV1, T.CASE_OPENED, patient),
    Rule(cases.CaseStatusChangedV1, T.DOCUMENTS_REQUESTED, patient, now_in(CaseStatus.DOCUMENTS_PENDING)),
    Rule(cases.CaseStatusChangedV1, T.CASE_CANCELLED, patient, now_in(CaseStatus.CANCELLED)),
    Rule(cases.CaseOverdueV1, T.STAFF_CASE_OVERDUE, staff(Role.OPS)),
    Rule(cases.CaseClaimMissingV1, T.STAFF_CLAIM_MISSING, staff(Role.OPS)),
    Rule(cases.PrescriptionVerifiedV1, T.PRESCRIPTION_VERIFIED, patient),
    Rule(cases.PrescriptionRejectedV1, T.PRESCRIPTION_REJECTED, patient),
    Rule(cases.QuoteSentV1, T.QUOTE_READY, patient),
    Rule(cases.QuoteApprovedV1, T.QUOTE_APPROVED, patient),
    Rule(billing.ClaimSubmittedV1, T.CLAIM_SUBMITTED, patient),
    Rule(billing.ClaimAcceptedV1, T.CLAIM_ACCEPTED, patient),
    Rule(billing.ClaimRejectedV1, T.CLAIM_REJECTED, patient),
    Rule(billing.ClaimPartiallyPaidV1, T.CLAIM_PARTIALLY_PAID, patient),
    Rule(billing.ClaimPaidV1, T.CLAIM_PAID, patient),
    Rule(billing.GatewayFailingV1, T.STAFF_GATEWAY_FAILING, staff(Role.OPS)),
    Rule(billing.GatewayFailingV1, T.STAFF_GATEWAY_FAILING, staff(Role.BILLING)),
    Rule(cases.CaseDeliveryScheduledV1, T.DELIVERY_SCHEDULED, patient),
    Rule(cases.CaseDeliveredV1, T.DELIVERED, patient),
    Rule(devices.ContractActivatedV1, T.CONTRACT_ACTIVATED, patient),
    Rule(devices.ContractRenewalDueV1, T.CONTRACT_RENEWAL_DUE, patient),
    Rule(devices.ContractServiceDueV1, T.CONTRACT_SERVICE_DUE, patient),
    Rule(devices.ContractExpiredV1, T.CONTRACT_EXPIRED, patient),
    Rule(devices.ContractBudgetLowV1, T.STAFF_BUDGET_LOW, staff(Role.OPS)),
    Rule(devices.ConversationEscalatedV1, T.STAFF_CONVERSATION_ESCALATED, staff(Role.OPS), needs_somebody),
    Rule(devices.TicketOpenedV1, T.TICKET_OPENED, patient, not_a_safety_issue),
    Rule(devices.TicketSafetyReportedV1, T.SAFETY_HOTLINE, patient),
    Rule(devices.TicketSafetyReportedV1, T.STAFF_SAFETY_REPORTED, staff(Role.OPS)),
    Rule(devices.TicketResolvedV1, T.TICKET_RESOLVED, patient),
    Rule(devices.VisitScheduledV1, T.VISIT_SCHEDULED, patient, is_new),
    Rule(devices.VisitScheduledV1, T.VISIT_MOVED, patient, takes_anothers_place),
    Rule(devices.VisitDepartedV1, T.VISIT_DEPARTED, patient),
    Rule(devices.VisitCompletedV1, T.VISIT_MISSED, patient, found_nobody),
    Rule(documents.DocumentInfectedV1, T.DOCUMENT_INFECTED, uploader),
    Rule(documents.DocumentInfectedV1, T.STAFF_DOCUMENT_INFECTED, staff(Role.OPS)),
    Rule(identity.BreakGlassGrantedV1, T.STAFF_BREAK_GLASS, staff(Role.COMPLIANCE_ADMIN)),
    Rule(notifications.AddressUnusableV1, T.STAFF_ADDRESS_UNUSABLE, staff(Role.OPS)),
    Rule(notifications.CallRequestedV1, T.STAFF_CALL_PATIENT, staff(Role.OPS)),
)

EVENTS: tuple[type[Event], ...] = tuple(dict.fromkeys(rule.event for rule in RULES))


@dataclass(frozen=True, slots=True)
class Told:
    """What one event has to say to one audience; `context` is JSON, checked against its template's."""

    template: TemplateId
    audience: Audience
    context: dict[str, Any]
    case_id: UUID | None


def told_by(event: Event) -> list[Told]:
    """What `event` has to say; `pydantic.ValidationError` when it lacks what a template needs."""
    found = []
    for rule in RULES:
        if type(event) is rule.event and rule.when(event):
            audience = rule.to(event)
            if audience is not None:
                case_id: UUID | None = getattr(event, "case_id", None)
                found.append(Told(rule.template, audience, _context(rule.template, event), case_id))
    return found


def _context(template: TemplateId, event: Event) -> dict[str, Any]:
    """The fields the template's context has in common with the event, by name."""
    kind = TEMPLATES[template].context
    given = {name: value for name, value in event.model_dump().items() if name in kind.model_fields}
    return kind.model_validate(given).model_dump(mode="json", by_alias=True)
