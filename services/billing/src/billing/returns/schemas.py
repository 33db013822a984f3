"""HTTP bodies of returns."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from common.contracts.enums import ReturnType
from common.http import Schema, UtcDateTime
from common.money import Money
from pydantic import Field

from billing.claims.domain import Decision
from billing.returns.models import ParkedReason, ReceiptOutcome, ReturnOrigin, ReturnStatus


class ReturnBody(Schema):
    """`failurePosition` is the byte of the file, from 0; `failureReason` says cause and position in words."""

    id: UUID
    return_type: ReturnType
    origin: ReturnOrigin
    status: ReturnStatus
    sha256: str
    size_bytes: int
    failure_reason: str | None
    failure_position: int | None
    file_date: date | None
    matched_count: int
    unmatched_count: int
    received_at: UtcDateTime
    processed_at: UtcDateTime | None
    created_at: UtcDateTime


class Denial(Schema):
    code: str
    label: str


class EntryBody(Schema):
    """One invoice of the file; `claimId` is null, with a `parkedReason`, while it has settled none."""

    id: UUID
    position: int
    invoice_number: str
    decision: Decision
    amo_paid: Money
    amc_paid: Money
    paid_on: date | None
    reference: str | None
    denials: list[Denial]
    claim_id: UUID | None
    parked_reason: ParkedReason | None
    matched_by: UUID | None
    matched_at: UtcDateTime | None


class ReturnDetail(ReturnBody):
    """With a page of its entries, in the order of the file; `nextPosition` goes on with the next, as `after`.

    `otherAmounts` are its retentions (250) and lump sums (261, 262), which settle no claim.
    """

    other_amounts: list[dict[str, Any]]

    entries: list[EntryBody]
    next_position: int | None


class ReceiptBody(Schema):
    """What a receipt says of a claim: NEGATIVE of an ARL makes it REJECTED, to be sent again."""

    claim_id: UUID
    outcome: ReceiptOutcome
    reason: Annotated[str | None, Field(max_length=2000)] = None


class EntryMatch(Schema):
    claim_id: UUID
