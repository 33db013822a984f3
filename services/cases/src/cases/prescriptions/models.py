"""The table of prescriptions (section Prescription)."""

from datetime import date, datetime
from uuid import UUID

from common.contracts.enums import ProductCategory
from common.crypto import Cell
from common.db import Versioned, enum_column
from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.prescriptions.domain import VerificationStatus
from cases.tables import Base


class Prescription(Versioned, Base):
    """`clinical_notes` is ciphertext. A document carries one prescription, unless that was rejected."""

    __tablename__ = "prescriptions"
    __table_args__ = (
        CheckConstraint("expiration_date IS NULL OR expiration_date >= prescription_date", name="validity"),
        Index("ix_prescriptions_to_verify", "id", postgresql_where=text("verification_status = 'PENDING'")),
        Index(
            "uq_prescriptions_document_id",
            "document_id",
            unique=True,
            postgresql_where=text("verification_status <> 'REJECTED'"),
        ),
    )

    patient_id: Mapped[UUID] = mapped_column(index=True)
    prescriber_id: Mapped[UUID | None] = mapped_column(index=True)
    document_id: Mapped[UUID]
    prescription_date: Mapped[date] = mapped_column(index=True)
    expiration_date: Mapped[date | None]
    product_category: Mapped[ProductCategory] = mapped_column(enum_column(ProductCategory))
    clinical_notes: Mapped[str | None] = mapped_column(Text)
    verification_status: Mapped[VerificationStatus] = mapped_column(
        enum_column(VerificationStatus), default=VerificationStatus.PENDING, index=True
    )
    verified_by: Mapped[UUID | None]
    verified_at: Mapped[datetime | None]
    rejection_reason: Mapped[str | None] = mapped_column(Text)

    @property
    def notes_cell(self) -> Cell:
        """Where `clinical_notes` lives, authenticated with its ciphertext."""
        return Cell("prescriptions", "clinical_notes", self.id)
