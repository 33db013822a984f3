"""HTTP bodies of quotes."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from common.http import Schema, UtcDateTime
from common.money import Money, Price
from pydantic import Field

from cases.quotes.domain import MAX_LINES, MAX_QUANTITY, MAX_UNIT_PRICE, QuoteStatus
from cases.quotes.models import Quote


class NewLine(Schema):
    """A line to price; the product's primary LPPR item where none is named. `optional`: the patient pays it."""

    product_id: UUID
    lppr_item_id: UUID | None = None
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY, strict=True)]
    unit_price: Annotated[Price, Field(le=MAX_UNIT_PRICE)]
    optional: bool = False


class NewQuote(Schema):
    lines: Annotated[list[NewLine], Field(min_length=1, max_length=MAX_LINES)]


class Rejection(Schema):
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class LineBody(Schema):
    id: UUID
    product_id: UUID
    product_name: str
    sku: str
    lppr_item_id: UUID
    lppr_code: str
    lppr_label: str
    max_price: Price | None
    quantity: int
    unit_price: Price
    line_total: Price
    optional: bool
    sort_order: int


class QuoteBody(Schema):
    """`version` counts the quotes of the case, as the specification has it; the row's own is not shown."""

    id: UUID
    case_id: UUID
    quote_number: str
    version: int
    total_amount: Money
    lppr_coverage: Money
    patient_remainder: Money
    pdf_document_id: UUID | None
    status: QuoteStatus
    valid_until: date | None
    sent_at: UtcDateTime | None
    approved_at: UtcDateTime | None
    approved_by: UUID | None
    rejected_at: UtcDateTime | None
    rejection_reason: str | None
    created_at: UtcDateTime
    created_by: UUID
    lines: list[LineBody]

    @classmethod
    def of(cls, quote: Quote) -> Self:
        """A quote loaded with its lines."""
        same = cls.model_fields.keys() - {"version", "lines"}
        return cls(
            **{name: getattr(quote, name) for name in same},
            version=quote.quote_version,
            lines=[LineBody.model_validate(line) for line in quote.lines],
        )


class PrintedLine(Schema):
    lppr_code: str
    label: str
    details: str
    plv: Price | None
    unit_price: Money
    quantity: int
    line_total: Money
    optional: bool


class PrintedQuote(Schema):
    """What a quote's PDF shows; whose name is on it the renderer asks identity."""

    id: UUID
    quote_number: str
    quote_version: int
    case_id: UUID
    case_number: str
    patient_id: UUID
    prescriber_id: UUID | None
    prescription_date: date
    issued_on: date
    valid_until: date
    lines: list[PrintedLine]
    lppr_coverage: Money
    patient_remainder: Money
    total_amount: Money
