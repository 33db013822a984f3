"""Events of the billing service."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from common.contracts.enums import ClaimStatus, GatewayType, ReturnType
from common.events.contract import CaseEvent, Event
from common.money import Money


class ClaimEvent(CaseEvent):
    service: ClassVar[str] = "billing"
    claim_id: UUID
    claim_number: str
    patient_id: UUID
    quote_id: UUID
    status: ClaimStatus
    total_amount: Money


class ClaimCreatedV1(ClaimEvent):
    name: ClassVar[str] = "claim.created"


class ClaimSubmittedV1(ClaimEvent):
    name: ClassVar[str] = "claim.submitted"
    gateway_type: GatewayType


class ClaimResubmittedV1(ClaimEvent):
    name: ClassVar[str] = "claim.resubmitted"
    gateway_type: GatewayType


class ClaimPendingV1(ClaimEvent):
    name: ClassVar[str] = "claim.pending"


class ClaimAcceptedV1(ClaimEvent):
    name: ClassVar[str] = "claim.accepted"


class ClaimRejectedV1(ClaimEvent):
    name: ClassVar[str] = "claim.rejected"
    rejection_code: str | None


class ClaimPartiallyPaidV1(ClaimEvent):
    name: ClassVar[str] = "claim.partially-paid"
    paid_amount: Money


class ClaimPaidV1(ClaimEvent):
    name: ClassVar[str] = "claim.paid"
    paid_amount: Money


class ClaimCancelledV1(ClaimEvent):
    name: ClassVar[str] = "claim.cancelled"


class PaymentReceivedV1(CaseEvent):
    service: ClassVar[str] = "billing"
    name: ClassVar[str] = "payment.received"
    payment_id: UUID
    claim_id: UUID
    patient_id: UUID
    amount: Money
    payment_date: date


class ReturnIngestedV1(Event):
    service: ClassVar[str] = "billing"
    name: ClassVar[str] = "return.ingested"
    return_id: UUID
    return_type: ReturnType
    matched: int
    unmatched: int


class GatewayFailingV1(Event):
    service: ClassVar[str] = "billing"
    name: ClassVar[str] = "gateway.failing"
    gateway_type: GatewayType
    claim_id: UUID
