"""The table of documents (section Document)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.contracts.enums import DocumentType, ScanStatus
from common.db import Versioned, enum_column
from sqlalchemy import CheckConstraint, Index, Integer, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from documents.content import MAX_SIZE_BYTES
from documents.documents.domain import Bucket, OwnerType
from documents.tables import Base


class Document(Versioned, Base):
    """Announced first; `uploaded_at` is set once its content was checked in the storage.

    `owner_id` is None for what the platform made by itself; `extracted` is the specification's `metadata`, a name
    SQLAlchemy keeps for itself. `sha256_hash` is lower-case hexadecimal, and the sender's claim until `uploaded_at`.
    """

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint(f"size_bytes BETWEEN 1 AND {MAX_SIZE_BYTES}", name="size_bytes_range"),
        CheckConstraint("sha256_hash ~ '^[0-9a-f]{64}$'", name="sha256_hash_hexadecimal"),
        CheckConstraint("uploaded_at IS NULL OR sha256_hash IS NOT NULL", name="uploaded_is_measured"),
        CheckConstraint("(scan_status = 'PENDING') = (scan_completed_at IS NULL)", name="scan_completed"),
        CheckConstraint("scan_status = 'PENDING' OR uploaded_at IS NOT NULL", name="scanned_is_uploaded"),
        Index("ix_documents_metadata", "metadata", postgresql_using="gin"),
        Index("ix_documents_present", "patient_id", "id", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_documents_not_uploaded", "id", postgresql_where=text("uploaded_at IS NULL")),
        Index(
            "ix_documents_to_scan",
            "scan_queued_at",
            postgresql_where=text("scan_status = 'PENDING' AND uploaded_at IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index(
            "ix_documents_to_purge", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL AND purged_at IS NULL")
        ),
        CheckConstraint("purged_at IS NULL OR deleted_at IS NOT NULL", name="purged_is_deleted"),
    )

    owner_id: Mapped[UUID | None] = mapped_column(index=True)
    owner_type: Mapped[OwnerType] = mapped_column(enum_column(OwnerType), index=True)
    patient_id: Mapped[UUID | None] = mapped_column(index=True)
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    quote_id: Mapped[UUID | None] = mapped_column(unique=True)
    """The quote that a generated PDF shows."""
    delivery_of: Mapped[UUID | None] = mapped_column(unique=True)
    """The case whose delivery a generated note is for."""
    document_type: Mapped[DocumentType] = mapped_column(enum_column(DocumentType), index=True)
    filename: Mapped[str] = mapped_column(String(255))
    mime_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column(Integer)
    bucket: Mapped[Bucket] = mapped_column(enum_column(Bucket), default=Bucket.DOCUMENTS)
    storage_key: Mapped[str] = mapped_column(String(200), unique=True)
    sha256_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    extracted: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSONB(none_as_null=True))
    thumbnail_key: Mapped[str | None] = mapped_column(String(200))
    multipart_upload: Mapped[str | None] = mapped_column(Text)
    """The storage's id of an upload in parts that was begun."""
    uploaded_at: Mapped[datetime | None]
    scan_status: Mapped[ScanStatus] = mapped_column(enum_column(ScanStatus), default=ScanStatus.PENDING, index=True)
    scan_completed_at: Mapped[datetime | None]
    scan_queued_at: Mapped[datetime | None]
    legal_hold_reason: Mapped[str | None] = mapped_column(String(500))
    """Set while somebody in charge of compliance has the document kept, whatever else would delete it."""
    deleted_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    """When the content went, after the deletion; the row stays, with its hash, as the trace of it."""
