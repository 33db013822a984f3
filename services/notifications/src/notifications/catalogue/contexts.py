"""What each template is told: ids, codes, amounts and dates, typed. Nothing personal has a place here."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from common.contracts.enums import CaseStatus, Channel, ContractType, DocumentType, Escalation, GatewayType, Severity
from common.money import Money
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Number = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w./-]+$")]
"""A number people quote, such as `DV-2026-000123`."""


class Context(BaseModel):
    """Base; also the context of a template that is told nothing."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")


class AboutCase(Context):
    case_id: UUID
    case_number: Number


class CaseOverdue(AboutCase):
    status: CaseStatus
    sla_deadline: AwareDatetime


class ClaimMissing(AboutCase):
    claim_due: AwareDatetime


class AboutPrescription(Context):
    prescription_id: UUID


class QuoteReady(Context):
    case_id: UUID
    quote_id: UUID
    quote_number: Number
    total_amount: Money
    patient_remainder: Money


class QuoteApproved(QuoteReady):
    lppr_coverage: Money


class AboutClaim(Context):
    case_id: UUID
    claim_id: UUID
    claim_number: Number
    total_amount: Money


class ClaimPaid(AboutClaim):
    paid_amount: Money


class DeliveryScheduled(AboutCase):
    scheduled_at: AwareDatetime


class Delivered(AboutCase):
    delivered_at: AwareDatetime


class ContractActivated(Context):
    case_id: UUID
    device_id: UUID
    contract_id: UUID
    contract_type: ContractType
    renewal_date: date


class AboutContract(Context):
    case_id: UUID
    device_id: UUID
    contract_id: UUID


class ContractRenewal(AboutContract):
    renewal_date: date


class ServiceDue(AboutContract):
    service_date: date


class BudgetLow(AboutContract):
    year: int
    amount: Money
    consumed: Money


class AboutTicket(Context):
    case_id: UUID
    ticket_id: UUID
    ticket_number: Number


class SafetyReported(AboutTicket):
    device_id: UUID
    severity: Severity


class VisitScheduled(AboutTicket):
    visit_id: UUID
    scheduled_at: AwareDatetime


class VisitDeparted(AboutTicket):
    visit_id: UUID
    scheduled_at: AwareDatetime


class VisitMissed(AboutTicket):
    visit_id: UUID


class AboutDocument(Context):
    document_id: UUID
    document_type: DocumentType


class GatewayFailing(Context):
    gateway_type: GatewayType
    claim_id: UUID


class BreakGlass(Context):
    grant_id: UUID
    patient_id: UUID
    user_id: UUID
    expires_at: AwareDatetime


class ConversationEscalated(Context):
    conversation_id: UUID
    user_id: UUID
    escalation: Escalation


class AddressUnusable(Context):
    user_id: UUID
    channel: Channel
    notification_id: UUID


class CallPatient(Context):
    """`about` is the id of the template that the person was written by."""

    user_id: UUID
    about: Annotated[str, Field(max_length=100, pattern=r"^[a-z.-]+$")]
    case_id: UUID | None


class DigestItem(Context):
    """One message of a digest: its template, and that template's context as it is stored."""

    template_id: str
    context: dict[str, Any]
    as_proxy: bool = False


class Digest(Context):
    items: Annotated[list[DigestItem], Field(min_length=1)]
