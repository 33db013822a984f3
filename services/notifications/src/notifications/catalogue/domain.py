"""The list of templates, with the sample data their previews show.

The wording of each is in `notifications/templates/<id>/<language>/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

from common.contracts.enums import (
    CaseStatus,
    Channel,
    ContractType,
    DocumentType,
    Escalation,
    GatewayType,
    LinkPurpose,
    Severity,
)

from notifications.catalogue import contexts
from notifications.catalogue.contexts import Context

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")

MAIL = frozenset({Channel.EMAIL})
SMS = frozenset({Channel.SMS})
MAIL_OR_SMS = frozenset({Channel.EMAIL, Channel.SMS})


class TemplateId(StrEnum):
    VERIFY_EMAIL = "account.verify-email"
    RESET_PASSWORD = "account.reset-password"  # noqa: S105 - a template
    STAFF_INVITATION = "account.staff-invitation"
    ADDRESS_REUSED = "account.address-reused"
    PHONE_CODE = "account.phone-code"
    CASE_OPENED = "case.opened"
    DOCUMENTS_REQUESTED = "case.documents-requested"
    CASE_CANCELLED = "case.cancelled"
    PRESCRIPTION_VERIFIED = "prescription.verified"
    PRESCRIPTION_REJECTED = "prescription.rejected"
    QUOTE_READY = "quote.ready"
    QUOTE_APPROVED = "quote.approved"
    CLAIM_SUBMITTED = "claim.submitted"
    CLAIM_ACCEPTED = "claim.accepted"
    CLAIM_REJECTED = "claim.rejected"
    CLAIM_PARTIALLY_PAID = "claim.partially-paid"
    CLAIM_PAID = "claim.paid"
    DELIVERY_SCHEDULED = "delivery.scheduled"
    DELIVERY_MOVED = "delivery.moved"
    DELIVERED = "delivery.done"
    CONTRACT_ACTIVATED = "contract.activated"
    CONTRACT_RENEWAL_DUE = "contract.renewal-due"
    CONTRACT_SERVICE_DUE = "contract.service-due"
    CONTRACT_EXPIRED = "contract.expired"
    TICKET_OPENED = "ticket.opened"
    TICKET_RESOLVED = "ticket.resolved"
    SAFETY_HOTLINE = "safety.hotline"
    VISIT_SCHEDULED = "visit.scheduled"
    VISIT_MOVED = "visit.moved"
    VISIT_DEPARTED = "visit.departed"
    VISIT_MISSED = "visit.missed"
    DOCUMENT_INFECTED = "document.infected"
    STAFF_DOCUMENT_INFECTED = "staff.document-infected"
    STAFF_GATEWAY_FAILING = "staff.gateway-failing"
    STAFF_SAFETY_REPORTED = "staff.safety-reported"
    STAFF_CASE_OVERDUE = "staff.case-overdue"
    STAFF_CLAIM_MISSING = "staff.claim-missing"
    STAFF_BUDGET_LOW = "staff.budget-low"
    STAFF_CONVERSATION_ESCALATED = "staff.conversation-escalated"
    STAFF_BREAK_GLASS = "staff.break-glass"
    STAFF_ADDRESS_UNUSABLE = "staff.address-unusable"
    STAFF_CALL_PATIENT = "staff.call-patient"
    DIGEST = "digest"


@dataclass(frozen=True)
class Template:
    """One template.

    `link`: a personal link is minted for it at sending time; `code`: a code for a phone is. `to_unverified`: it may go
    to an address or number not verified yet. `urgent`: by every channel at once. `immediate`: of no use later.
    `latest_only`: an older one of the
    same thing is not worth telling any more, because its date is wrong by now; and where an earlier one was told,
    `moved` tells the new date instead. `optional`: not about the file, so people may unsubscribe from it.
    """

    sample: Context
    channels: frozenset[Channel] = MAIL_OR_SMS
    link: LinkPurpose | None = None
    code: bool = False
    to_unverified: bool = False
    urgent: bool = False
    immediate: bool = False
    latest_only: bool = False
    moved: TemplateId | None = None
    optional: bool = False

    @property
    def is_ordinary(self) -> bool:
        """Whether it may come in a digest, and whoever prefers the telephone is called about it.

        An optional one carries its own way out, so it comes alone.
        """
        return not self.is_awaited and not self.optional

    @property
    def is_awaited(self) -> bool:
        """Whether somebody waits for it now, or must have it now: it keeps to no hours and to no digest."""
        return self.urgent or self.immediate or self.link is not None or self.code

    @property
    def context(self) -> type[Context]:
        return type(self.sample)


def _id(last: int) -> UUID:
    return UUID(f"01970000-0000-7000-8000-{last:012d}")


_MOMENT = datetime(2026, 3, 12, 13, 30, tzinfo=UTC)
_CASE = contexts.AboutCase(case_id=_id(1), case_number="AX-2026-000123")
_QUOTE = contexts.QuoteReady(
    case_id=_id(1),
    quote_id=_id(2),
    quote_number="DV-2026-000123",
    total_amount=Decimal("3391.21"),
    patient_remainder=Decimal("230.00"),
)
_CLAIM = contexts.AboutClaim(
    case_id=_id(1), claim_id=_id(3), claim_number="CL-2026-000123", total_amount=Decimal("3161.21")
)
_CONTRACT = contexts.AboutContract(case_id=_id(1), device_id=_id(7), contract_id=_id(8))
_TICKET = contexts.AboutTicket(case_id=_id(1), ticket_id=_id(4), ticket_number="TK-2026-000123")
_VISIT = contexts.VisitScheduled(**_TICKET.model_dump(), visit_id=_id(9), scheduled_at=_MOMENT)
_DELIVERY = contexts.DeliveryScheduled(**_CASE.model_dump(), scheduled_at=_MOMENT)
_PAID = contexts.ClaimPaid(**_CLAIM.model_dump(), paid_amount=Decimal("3161.21"))
_DOCUMENT = contexts.AboutDocument(document_id=_id(5), document_type=DocumentType.ID_CARD)

TEMPLATES: Mapping[TemplateId, Template] = {
    TemplateId.VERIFY_EMAIL: Template(Context(), MAIL, link=LinkPurpose.VERIFY_EMAIL, to_unverified=True),
    TemplateId.RESET_PASSWORD: Template(Context(), MAIL, link=LinkPurpose.RESET_PASSWORD, to_unverified=True),
    TemplateId.STAFF_INVITATION: Template(Context(), MAIL, link=LinkPurpose.STAFF_INVITATION, to_unverified=True),
    TemplateId.ADDRESS_REUSED: Template(Context(), MAIL, to_unverified=True),
    TemplateId.PHONE_CODE: Template(Context(), SMS, code=True, to_unverified=True),
    TemplateId.CASE_OPENED: Template(_CASE),
    TemplateId.DOCUMENTS_REQUESTED: Template(_CASE),
    TemplateId.CASE_CANCELLED: Template(_CASE),
    TemplateId.PRESCRIPTION_VERIFIED: Template(contexts.AboutPrescription(prescription_id=_id(6))),
    TemplateId.PRESCRIPTION_REJECTED: Template(contexts.AboutPrescription(prescription_id=_id(6))),
    TemplateId.QUOTE_READY: Template(_QUOTE),
    TemplateId.QUOTE_APPROVED: Template(
        contexts.QuoteApproved(**_QUOTE.model_dump(), lppr_coverage=Decimal("3161.21"))
    ),
    TemplateId.CLAIM_SUBMITTED: Template(_CLAIM),
    TemplateId.CLAIM_ACCEPTED: Template(_CLAIM),
    TemplateId.CLAIM_REJECTED: Template(_CLAIM),
    TemplateId.CLAIM_PARTIALLY_PAID: Template(_PAID.model_copy(update={"paid_amount": Decimal("1200.00")})),
    TemplateId.CLAIM_PAID: Template(_PAID),
    TemplateId.DELIVERY_SCHEDULED: Template(_DELIVERY, latest_only=True, moved=TemplateId.DELIVERY_MOVED),
    TemplateId.DELIVERY_MOVED: Template(_DELIVERY, latest_only=True),
    TemplateId.DELIVERED: Template(contexts.Delivered(**_CASE.model_dump(), delivered_at=_MOMENT)),
    TemplateId.CONTRACT_ACTIVATED: Template(
        contexts.ContractActivated(
            case_id=_id(1),
            device_id=_id(7),
            contract_id=_id(8),
            contract_type=ContractType.ELECTRIC,
            renewal_date=date(2027, 3, 12),
        )
    ),
    TemplateId.CONTRACT_RENEWAL_DUE: Template(
        contexts.ContractRenewal(case_id=_id(1), device_id=_id(7), contract_id=_id(8), renewal_date=date(2027, 3, 12)),
        optional=True,
    ),
    TemplateId.CONTRACT_SERVICE_DUE: Template(
        contexts.ServiceDue(**_CONTRACT.model_dump(), service_date=date(2026, 9, 12)), optional=True
    ),
    TemplateId.CONTRACT_EXPIRED: Template(_CONTRACT),
    TemplateId.TICKET_OPENED: Template(_TICKET),
    TemplateId.TICKET_RESOLVED: Template(_TICKET),
    TemplateId.SAFETY_HOTLINE: Template(_TICKET, urgent=True),
    TemplateId.VISIT_SCHEDULED: Template(_VISIT, latest_only=True, moved=TemplateId.VISIT_MOVED),
    TemplateId.VISIT_MOVED: Template(_VISIT, latest_only=True),
    TemplateId.VISIT_DEPARTED: Template(
        contexts.VisitDeparted(**_TICKET.model_dump(), visit_id=_id(9), scheduled_at=_MOMENT), immediate=True
    ),
    TemplateId.VISIT_MISSED: Template(contexts.VisitMissed(**_TICKET.model_dump(), visit_id=_id(9))),
    TemplateId.DOCUMENT_INFECTED: Template(_DOCUMENT),
    TemplateId.STAFF_DOCUMENT_INFECTED: Template(_DOCUMENT, MAIL),
    TemplateId.STAFF_GATEWAY_FAILING: Template(
        contexts.GatewayFailing(gateway_type=GatewayType.INFIMAX, claim_id=_id(3)), MAIL
    ),
    TemplateId.STAFF_SAFETY_REPORTED: Template(
        contexts.SafetyReported(**_TICKET.model_dump(), device_id=_id(7), severity=Severity.CRITICAL),
        MAIL,
        urgent=True,
    ),
    TemplateId.STAFF_CASE_OVERDUE: Template(
        contexts.CaseOverdue(**_CASE.model_dump(), status=CaseStatus.UNDER_REVIEW, sla_deadline=_MOMENT), MAIL
    ),
    TemplateId.STAFF_CLAIM_MISSING: Template(contexts.ClaimMissing(**_CASE.model_dump(), claim_due=_MOMENT), MAIL),
    TemplateId.STAFF_BUDGET_LOW: Template(
        contexts.BudgetLow(**_CONTRACT.model_dump(), year=2026, amount=Decimal("300.00"), consumed=Decimal("271.40")),
        MAIL,
    ),
    TemplateId.STAFF_CONVERSATION_ESCALATED: Template(
        contexts.ConversationEscalated(conversation_id=_id(14), user_id=_id(12), escalation=Escalation.HUMAN),
        MAIL,
        urgent=True,
    ),
    TemplateId.STAFF_BREAK_GLASS: Template(
        contexts.BreakGlass(grant_id=_id(10), patient_id=_id(11), user_id=_id(12), expires_at=_MOMENT), MAIL
    ),
    TemplateId.STAFF_ADDRESS_UNUSABLE: Template(
        contexts.AddressUnusable(user_id=_id(12), channel=Channel.EMAIL, notification_id=_id(13)), MAIL
    ),
    TemplateId.STAFF_CALL_PATIENT: Template(
        contexts.CallPatient(user_id=_id(12), about="quote.ready", case_id=_id(1)), MAIL
    ),
    TemplateId.DIGEST: Template(
        contexts.Digest(
            items=[
                contexts.DigestItem(template_id="quote.ready", context=_QUOTE.model_dump(mode="json", by_alias=True)),
                contexts.DigestItem(template_id="visit.moved", context=_VISIT.model_dump(mode="json", by_alias=True)),
            ]
        ),
        MAIL,
    ),
}
LATEST_ONLY = tuple(identifier.value for identifier, template in TEMPLATES.items() if template.latest_only)
