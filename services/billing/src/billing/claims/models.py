"""Tables of claims (sections Claim, ClaimDocument, Payment), their history, and what they know of cases."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from common.contracts.enums import ClaimDocumentRole, ClaimStatus, DocumentType, GatewayType
from common.db import Entity, Versioned, enum_column
from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, Sequence, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.claims.domain import ZERO, outstanding
from billing.tables import Base

CLAIM_NUMBERS = Sequence("claim_numbers", metadata=Base.metadata)
INVOICE_NUMBERS = Sequence("claim_invoice_numbers", maxvalue=999_999_999, metadata=Base.metadata)


class PaymentMethod(StrEnum):
    CPAM_DIRECT = "CPAM_DIRECT"
    MUTUELLE = "MUTUELLE"
    OTHER = "OTHER"


class ClaimEventType(StrEnum):
    CREATED = "CREATED"
    STATUS_CHANGED = "STATUS_CHANGED"
    SUBMISSION_QUEUED = "SUBMISSION_QUEUED"
    SUBMISSION_FAILED = "SUBMISSION_FAILED"
    SYNC_FAILED = "SYNC_FAILED"
    DOCUMENT_ATTACHED = "DOCUMENT_ATTACHED"
    DOCUMENT_DETACHED = "DOCUMENT_DETACHED"
    PAYMENT_RECEIVED = "PAYMENT_RECEIVED"
    RETURN_RECEIVED = "RETURN_RECEIVED"
    CASE_CANCELLED = "CASE_CANCELLED"
    WRITTEN_OFF = "WRITTEN_OFF"


UNFINISHED = "status NOT IN ('PAID', 'CANCELLED')"
"""SQL; said the same way by the worklist, it makes the planner use the index of what is unfinished."""


class Claim(Versioned, Base):
    """`lines` are the quote's base lines, `[{lpprCode, quantity, unitPrice, lineTotal}]`; amounts are in euros."""

    __tablename__ = "claims"
    __table_args__ = (
        UniqueConstraint("case_id", "quote_id"),
        CheckConstraint("total_amount >= 0", name="total_amount_not_negative"),
        CheckConstraint("written_off_amount > 0", name="written_off_amount_positive"),
        Index("ix_claims_status", "status", "id"),
        Index("ix_claims_gateway_type", "gateway_type", "id"),
        Index("ix_claims_unfinished", "id", postgresql_where=text(UNFINISHED)),
        Index("ix_claims_outcome_unknown", "id", postgresql_where=text("outcome_unknown")),
        CheckConstraint("invoice_number ~ '^[0-9]{9}$'", name="invoice_number_nine_digits"),
    )

    case_id: Mapped[UUID] = mapped_column(index=True)
    patient_id: Mapped[UUID] = mapped_column(index=True)
    quote_id: Mapped[UUID] = mapped_column(index=True)
    quote_version: Mapped[int]
    prescription_id: Mapped[UUID]
    prescription_date: Mapped[date]
    prescription_document_id: Mapped[UUID]
    prescriber_id: Mapped[UUID | None]
    claim_number: Mapped[str] = mapped_column(String(20), unique=True)
    invoice_number: Mapped[str] = mapped_column(String(9), unique=True)
    gateway_ref: Mapped[str | None] = mapped_column(String(200), index=True)
    gateway_type: Mapped[GatewayType] = mapped_column(enum_column(GatewayType))
    status: Mapped[ClaimStatus] = mapped_column(enum_column(ClaimStatus))
    submitted_at: Mapped[datetime | None] = mapped_column(index=True)
    total_amount: Mapped[Decimal]
    paid_amount: Mapped[Decimal | None]
    written_off_amount: Mapped[Decimal | None]
    """What was given up on: nobody waits for it any more."""
    written_off_reason: Mapped[str | None] = mapped_column(Text)
    written_off_at: Mapped[datetime | None]
    gateway_paid_amount: Mapped[Decimal | None]
    """What the gateway says was paid; None when it has not been asked since the last payment.

    It is held against the ledger and no more: only return files pay a claim.
    """
    rejection_code: Mapped[str | None] = mapped_column(Text)
    rejection_reason: Mapped[str | None] = mapped_column(Text)
    lines: Mapped[list[Any]]
    attempt: Mapped[int] = mapped_column(default=1)
    """Which submission this is, or will be: one more with each resubmission."""
    submission_queued_at: Mapped[datetime | None]
    """Set from the call that asks for a submission until its job has ended."""
    outcome_unknown: Mapped[bool] = mapped_column(default=False)
    """A submission was given up on that the gateway may have taken."""
    case_cancelled_at: Mapped[datetime | None]

    @property
    def outstanding_amount(self) -> Decimal:
        """What is still waited for, in euros."""
        return outstanding(self.status, self.total_amount, self.paid_amount or ZERO, self.written_off_amount or ZERO)


class ClaimDocument(Entity, Base):
    """`sent_at`: when the gateway got it; None while it has not."""

    __tablename__ = "claim_documents"
    __table_args__ = (UniqueConstraint("claim_id", "document_id"),)

    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), index=True)
    document_id: Mapped[UUID] = mapped_column(index=True)
    document_role: Mapped[ClaimDocumentRole] = mapped_column(enum_column(ClaimDocumentRole))
    sent_at: Mapped[datetime | None]


class Payment(Entity, Base):
    """Money received, or, when `amount` is negative, taken back. One return entry makes one payment a method.

    Never updated, never deleted.
    """

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("return_entry_id", "payment_method"),)

    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), index=True)
    amount: Mapped[Decimal]
    payment_date: Mapped[date] = mapped_column(index=True)
    payment_method: Mapped[PaymentMethod] = mapped_column(enum_column(PaymentMethod), index=True)
    reference: Mapped[str | None] = mapped_column(String(100))
    return_entry_id: Mapped[UUID | None] = mapped_column(ForeignKey("return_entries.id"))


class ClaimEvent(Entity, Base):
    """One change of a claim: who, why, and from what to what. Never updated, never deleted."""

    __tablename__ = "claim_events"
    __table_args__ = (
        Index(
            "ix_claim_events_denials",
            "occurred_at",
            postgresql_where=text("to_status = 'REJECTED' AND event_type = 'STATUS_CHANGED'"),
        ),
    )

    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), index=True)
    event_type: Mapped[ClaimEventType] = mapped_column(enum_column(ClaimEventType))
    from_status: Mapped[ClaimStatus | None] = mapped_column(Enum(ClaimStatus, native_enum=False, length=40))
    to_status: Mapped[ClaimStatus] = mapped_column(enum_column(ClaimStatus))
    reason: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any] | None]
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str | None] = mapped_column(String(40))
    occurred_at: Mapped[datetime]


class ClaimSync(Base):
    """The last question to the gateway about a claim; in the queue until it has ended, and another is for nothing."""

    __tablename__ = "claim_syncs"

    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), primary_key=True)
    queued_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class GatewayAlert(Base):
    """When staff were last told that a gateway could not be asked."""

    __tablename__ = "gateway_alerts"

    gateway_type: Mapped[GatewayType] = mapped_column(enum_column(GatewayType), primary_key=True)
    alerted_at: Mapped[datetime]


class CaseDocument(Base):
    """A clean document of a patient, as the documents service told: `case_id` None when it is not tied to a case."""

    __tablename__ = "case_documents"
    __table_args__ = (Index("ix_case_documents_without_case", "patient_id", postgresql_where=text("case_id IS NULL")),)

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    document_type: Mapped[DocumentType] = mapped_column(enum_column(DocumentType))
    patient_id: Mapped[UUID | None]
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    quote_id: Mapped[UUID | None] = mapped_column(index=True)


class CancelledCase(Base):
    """A case that was withdrawn: a quote approved before, but heard of later, makes no claim."""

    __tablename__ = "cancelled_cases"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    cancelled_at: Mapped[datetime]
