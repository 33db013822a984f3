"""Tables of quotes (sections Quote, QuoteLineItem)."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from common.db import Entity, Versioned, enum_column
from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.cases.models import Case
from cases.quotes.domain import QuoteStatus
from cases.tables import Base

quote_numbers = Sequence("quote_numbers", metadata=Base.metadata)


class Quote(Versioned, Base):
    """`version` is the row's, as everywhere; the specification's version of a quote is `quote_version`."""

    __tablename__ = "quotes"
    __table_args__ = (
        UniqueConstraint("case_id", "quote_version"),
        CheckConstraint("total_amount = lppr_coverage + patient_remainder", name="amounts_add_up"),
        CheckConstraint("lppr_coverage >= 0 AND patient_remainder >= 0", name="amounts_not_negative"),
        Index("uq_quotes_approved", "case_id", unique=True, postgresql_where=text("status = 'APPROVED'")),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    quote_number: Mapped[str] = mapped_column(String(20), unique=True)
    quote_version: Mapped[int] = mapped_column(default=1)
    total_amount: Mapped[Decimal]
    lppr_coverage: Mapped[Decimal]
    patient_remainder: Mapped[Decimal]
    pdf_document_id: Mapped[UUID | None]
    status: Mapped[QuoteStatus] = mapped_column(enum_column(QuoteStatus), default=QuoteStatus.DRAFT, index=True)
    prescription_date: Mapped[date]
    valid_until: Mapped[date | None]
    sent_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None]
    rejected_at: Mapped[datetime | None]
    rejection_reason: Mapped[str | None] = mapped_column(String(2000))
    created_by: Mapped[UUID]

    case: Mapped[Case] = relationship(lazy="raise")
    lines: Mapped[list["QuoteLineItem"]] = relationship(lazy="raise", order_by="QuoteLineItem.sort_order")


Index("ix_quotes_created_at", Quote.created_at)


class QuoteLineItem(Entity, Base):
    """A line as it was priced: names, code and ceiling are kept as they were that day."""

    __tablename__ = "quote_line_items"
    __table_args__ = (
        UniqueConstraint("quote_id", "sort_order"),
        CheckConstraint("quantity >= 1", name="quantity_positive"),
        CheckConstraint("unit_price >= 0", name="unit_price_not_negative"),
        CheckConstraint("line_total = quantity * unit_price", name="line_total"),
        CheckConstraint("optional OR max_price IS NULL OR unit_price <= max_price", name="ceiling"),
    )

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quotes.id"), index=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), index=True)
    lppr_item_id: Mapped[UUID] = mapped_column(ForeignKey("lppr_items.id"))
    product_name: Mapped[str] = mapped_column(String(200))
    sku: Mapped[str] = mapped_column(String(100))
    lppr_code: Mapped[str] = mapped_column(String(7))
    lppr_label: Mapped[str] = mapped_column(String(500))
    max_price: Mapped[Decimal | None]
    quantity: Mapped[int]
    unit_price: Mapped[Decimal]
    line_total: Mapped[Decimal]
    optional: Mapped[bool] = mapped_column(default=False)
    sort_order: Mapped[int]
