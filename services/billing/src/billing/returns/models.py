"""Tables of returns (section ClaimReturn): the file, the invoices it names, and a row for each claim among them."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from common.contracts.enums import GatewayType, ReturnType
from common.db import Entity, Versioned, enum_column
from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.claims.domain import Decision
from billing.tables import Base


class ReturnStatus(StrEnum):
    RECEIVED = "RECEIVED"
    PROCESSED = "PROCESSED"
    PARTIALLY_MATCHED = "PARTIALLY_MATCHED"
    FAILED = "FAILED"


class ReturnOrigin(StrEnum):
    """The way a file came in."""

    UPLOAD = "UPLOAD"
    WATCHED_PREFIX = "WATCHED_PREFIX"
    GATEWAY = "GATEWAY"


class ParkedReason(StrEnum):
    """Why an invoice of a return settled no claim."""

    UNKNOWN_INVOICE = "UNKNOWN_INVOICE"
    CLAIM_NOT_SUBMITTED = "CLAIM_NOT_SUBMITTED"
    CLAIM_CANCELLED = "CLAIM_CANCELLED"


class ReceiptOutcome(StrEnum):
    """What a receipt (ARL, ARO) says: the claim was received and conforms, or has to be sent again."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"


class ReturnFile(Versioned, Base):
    """A file as it came. `content_sha256` leaves line ends out: with and without them, it is one NOEMIE file."""

    __tablename__ = "return_files"
    __table_args__ = (
        UniqueConstraint("return_type", "sha256"),
        UniqueConstraint("return_type", "content_sha256"),
        Index("ix_return_files_status", "status", "id"),
        Index("ix_return_files_unmatched", "id", postgresql_where=text("unmatched_count > 0")),
    )

    return_type: Mapped[ReturnType] = mapped_column(enum_column(ReturnType), index=True)
    origin: Mapped[ReturnOrigin] = mapped_column(enum_column(ReturnOrigin))
    """The first way it came, where it came several times."""
    raw_file_storage_key: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    content_sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[ReturnStatus] = mapped_column(enum_column(ReturnStatus))
    failure_reason: Mapped[str | None] = mapped_column(Text)
    failure_position: Mapped[int | None] = mapped_column(BigInteger)
    """The byte of the file, from 0, where it is wrong."""
    file_date: Mapped[date | None]
    matched_count: Mapped[int] = mapped_column(default=0)
    unmatched_count: Mapped[int] = mapped_column(default=0)
    other_amounts: Mapped[list[Any]] = mapped_column(default=list)
    """Retentions and lump sums, as the file has them: they change what a transfer brings, and no claim."""
    received_by: Mapped[UUID | None]
    received_at: Mapped[datetime] = mapped_column(index=True)
    processed_at: Mapped[datetime | None]


class ReturnCursor(Base):
    """How far a gateway's list of return files has been taken in."""

    __tablename__ = "return_cursors"

    gateway_type: Mapped[GatewayType] = mapped_column(enum_column(GatewayType), primary_key=True)
    last_id: Mapped[str] = mapped_column(Text)


class ReturnEntry(Entity, Base):
    """One invoice of a file; `denials` are `[{code, label}]`, `data` all the file says of it that names nobody."""

    __tablename__ = "return_entries"
    __table_args__ = (
        UniqueConstraint("return_file_id", "position"),
        Index("ix_return_entries_unmatched", "return_file_id", postgresql_where=text("claim_id IS NULL")),
    )

    return_file_id: Mapped[UUID] = mapped_column(ForeignKey("return_files.id"))
    position: Mapped[int] = mapped_column(BigInteger)
    invoice_number: Mapped[str] = mapped_column(String(9), index=True)
    decision: Mapped[Decision] = mapped_column(enum_column(Decision))
    amo_paid: Mapped[Decimal]
    amc_paid: Mapped[Decimal]
    paid_on: Mapped[date | None]
    reference: Mapped[str | None] = mapped_column(String(100))
    denials: Mapped[list[Any]]
    data: Mapped[dict[str, Any]]
    claim_id: Mapped[UUID | None] = mapped_column(ForeignKey("claims.id"), index=True)
    parked_reason: Mapped[ParkedReason | None] = mapped_column(enum_column(ParkedReason))
    matched_by: Mapped[UUID | None]
    """Who matched it by hand; None when its invoice number did."""
    matched_at: Mapped[datetime | None]


class ClaimReturn(Entity, Base):
    """What one file says of one claim; `parsed_data` is `{invoices: […]}`, or `{outcome, reason}` of a receipt."""

    __tablename__ = "claim_returns"
    __table_args__ = (UniqueConstraint("return_file_id", "claim_id"),)

    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), index=True)
    return_file_id: Mapped[UUID] = mapped_column(ForeignKey("return_files.id"))
    return_type: Mapped[ReturnType] = mapped_column(enum_column(ReturnType), index=True)
    raw_file_storage_key: Mapped[str] = mapped_column(String(200))
    parsed_data: Mapped[dict[str, Any] | None]
    received_at: Mapped[datetime] = mapped_column(index=True)
    processed_at: Mapped[datetime | None]
