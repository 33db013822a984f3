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

from common.contracts.enums import Channel, ContractType, DocumentType, GatewayType, LinkPurpose, Severity

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
    PRESCRIPTION_VERIFIED = "prescription.verified"
    PRESCRIPTION_REJECTED = "prescription.rejected"
    QUOTE_READY = "quote.ready"
    QUOTE_APPROVED = "quote.approved"
    CLAIM_SUBMITTED = "claim.submitted"
    CLAIM_ACCEPTED = "claim.accepted"
    CLAIM_REJECTED = "claim.rejected"
    CLAIM_PAID = "claim.paid"
    DELIVERY_SCHEDULED = "delivery.scheduled"
    DELIVERED = "delivery.done"
    CONTRACT_ACTIVATED = "contract.activated"
    TICKET_OPENED = "ticket.opened"
    TICKET_RESOLVED = "ticket.resolved"
    SAFETY_HOTLINE = "safety.hotline"
    VISIT_SCHEDULED = "visit.scheduled"
    DOCUMENT_INFECTED = "document.infected"
    STAFF_DOCUMENT_INFECTED = "staff.document-infected"
    STAFF_GATEWAY_FAILING = "staff.gateway-failing"
    STAFF_SAFETY_REPORTED = "staff.safety-reported"


@dataclass(frozen=True)
class Template:
    """One template.

    `link`: a personal link is minted for it at sending time; `code`: a code for a phone is. `to_unverified`: it may go
    to an address or number not verified yet. `urgent`: by every channel at once. `latest_only`: an older one of the
    same thing is not worth telling any more, because its date is wrong by now.
    """

    sample: Context
    channels: frozenset[Channel] = MAIL_OR_SMS
    link: LinkPurpose | None = None
    code: bool = False
    to_unverified: bool = False
    urgent: bool = False
    latest_only: bool = False

    @property
    def context(self) -> type[Context]:
        return type(self.sample)


def _id(last: int) -> UUID:
    return UUID(f"01970000-0000-7000-8000-{last:012d}")


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
_TICKET = contexts.AboutTicket(case_id=_id(1), ticket_id=_id(4), ticket_number="TK-2026-000123")
_DOCUMENT = contexts.AboutDocument(document_id=_id(5), document_type=DocumentType.ID_CARD)
_MOMENT = datetime(2026, 3, 12, 13, 30, tzinfo=UTC)

TEMPLATES: Mapping[TemplateId, Template] = {
    TemplateId.VERIFY_EMAIL: Template(Context(), MAIL, link=LinkPurpose.VERIFY_EMAIL, to_unverified=True),
    TemplateId.RESET_PASSWORD: Template(Context(), MAIL, link=LinkPurpose.RESET_PASSWORD, to_unverified=True),
    TemplateId.STAFF_INVITATION: Template(Context(), MAIL, link=LinkPurpose.STAFF_INVITATION, to_unverified=True),
    TemplateId.ADDRESS_REUSED: Template(Context(), MAIL, to_unverified=True),
    TemplateId.PHONE_CODE: Template(Context(), SMS, code=True, to_unverified=True),
    TemplateId.CASE_OPENED: Template(_CASE),
    TemplateId.PRESCRIPTION_VERIFIED: Template(contexts.AboutPrescription(prescription_id=_id(6))),
    TemplateId.PRESCRIPTION_REJECTED: Template(contexts.AboutPrescription(prescription_id=_id(6))),
    TemplateId.QUOTE_READY: Template(_QUOTE),
    TemplateId.QUOTE_APPROVED: Template(
        contexts.QuoteApproved(**_QUOTE.model_dump(), lppr_coverage=Decimal("3161.21"))
    ),
    TemplateId.CLAIM_SUBMITTED: Template(_CLAIM),
    TemplateId.CLAIM_ACCEPTED: Template(_CLAIM),
    TemplateId.CLAIM_REJECTED: Template(_CLAIM),
    TemplateId.CLAIM_PAID: Template(contexts.ClaimPaid(**_CLAIM.model_dump(), paid_amount=Decimal("3161.21"))),
    TemplateId.DELIVERY_SCHEDULED: Template(
        contexts.DeliveryScheduled(**_CASE.model_dump(), scheduled_at=_MOMENT), latest_only=True
    ),
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
    TemplateId.TICKET_OPENED: Template(_TICKET),
    TemplateId.TICKET_RESOLVED: Template(_TICKET),
    TemplateId.SAFETY_HOTLINE: Template(_TICKET, urgent=True),
    TemplateId.VISIT_SCHEDULED: Template(
        contexts.VisitScheduled(**_TICKET.model_dump(), visit_id=_id(9), scheduled_at=_MOMENT), latest_only=True
    ),
    TemplateId.DOCUMENT_INFECTED: Template(_DOCUMENT),
    TemplateId.STAFF_DOCUMENT_INFECTED: Template(_DOCUMENT, MAIL),
    TemplateId.STAFF_GATEWAY_FAILING: Template(
        contexts.GatewayFailing(gateway_type=GatewayType.INFIMAX, claim_id=_id(3)), MAIL
    ),
    TemplateId.STAFF_SAFETY_REPORTED: Template(
        contexts.SafetyReported(**_TICKET.model_dump(), device_id=_id(7), severity=Severity.CRITICAL), MAIL
    ),
}
