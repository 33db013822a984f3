"""Events of the cases service."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from common.contracts.enums import CaseStatus, ContractType, Priority, ProductCategory
from common.events.contract import CaseEvent, Contract, Event
from common.money import Money


class PrescriptionEvent(Event):
    service: ClassVar[str] = "cases"
    prescription_id: UUID
    patient_id: UUID
    document_id: UUID
    prescriber_id: UUID | None


class PrescriptionSubmittedV1(PrescriptionEvent):
    name: ClassVar[str] = "prescription.submitted"
    product_category: ProductCategory


class PrescriptionVerifiedV1(PrescriptionEvent):
    name: ClassVar[str] = "prescription.verified"
    case_id: UUID | None


class PrescriptionRejectedV1(PrescriptionEvent):
    name: ClassVar[str] = "prescription.rejected"
    case_id: UUID | None


class CasesEvent(CaseEvent):
    service: ClassVar[str] = "cases"
    patient_id: UUID


class CaseOpenedV1(CasesEvent):
    name: ClassVar[str] = "case.opened"
    case_number: str
    prescription_id: UUID
    prescription_document_id: UUID
    prescriber_id: UUID | None
    priority: Priority


class CaseStatusChangedV1(CasesEvent):
    name: ClassVar[str] = "case.status-changed"
    case_number: str
    from_status: CaseStatus
    to_status: CaseStatus


class CaseAssignedV1(CasesEvent):
    name: ClassVar[str] = "case.assigned"
    assigned_to: UUID | None


class CaseDeliveryScheduledV1(CasesEvent):
    name: ClassVar[str] = "case.delivery-scheduled"
    case_number: str
    scheduled_at: datetime


class DeliveredItem(Contract):
    """One device handed over. `contract_type` is None for an accessory, which has no maintenance forfait.

    `family_name` is the product family's (FMP, FRM, …), by which the legal repair deadline goes.
    """

    product_id: UUID
    serial_number: str
    contract_type: ContractType | None
    annual_forfait: Money | None
    family_name: str | None = None


class CaseDeliveredV1(CasesEvent):
    name: ClassVar[str] = "case.delivered"
    case_number: str
    delivered_at: datetime
    proof_document_id: UUID
    items: list[DeliveredItem]


class CaseOverdueV1(CasesEvent):
    name: ClassVar[str] = "case.overdue"
    case_number: str
    status: CaseStatus
    sla_deadline: datetime


class CaseClaimMissingV1(CasesEvent):
    """A quote was approved, and by `claim_due` billing had drafted no claim of it."""

    name: ClassVar[str] = "case.claim-missing"
    case_number: str
    claim_due: datetime


class QuoteEvent(CasesEvent):
    quote_id: UUID
    quote_number: str
    quote_version: int


class QuoteCreatedV1(QuoteEvent):
    name: ClassVar[str] = "quote.created"


class QuoteSentV1(QuoteEvent):
    name: ClassVar[str] = "quote.sent"
    total_amount: Money
    patient_remainder: Money


class QuoteLine(Contract):
    """A line as billing claims it; `optional` lines are the patient's and are not claimed."""

    lppr_code: str
    quantity: int
    unit_price: Money
    line_total: Money
    optional: bool


class QuoteApprovedV1(QuoteEvent):
    name: ClassVar[str] = "quote.approved"
    approved_by: UUID
    approved_at: datetime
    total_amount: Money
    lppr_coverage: Money
    patient_remainder: Money
    lines: list[QuoteLine]
    prescription_id: UUID
    prescription_date: date
    prescription_document_id: UUID
    prescriber_id: UUID | None
    quote_document_id: UUID | None


class QuoteRejectedV1(QuoteEvent):
    name: ClassVar[str] = "quote.rejected"


class QuoteSupersededV1(QuoteEvent):
    name: ClassVar[str] = "quote.superseded"
