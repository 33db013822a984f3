"""HTTP bodies of prescriptions."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from common.contracts.enums import ProductCategory
from common.http import Schema, UtcDateTime
from pydantic import Field, model_validator

from cases.prescriptions.domain import VerificationStatus


class NewPrescription(Schema):
    patient_id: UUID
    document_id: UUID
    prescription_date: date
    expiration_date: date | None = None
    product_category: ProductCategory
    clinical_notes: Annotated[str | None, Field(max_length=10_000)] = None
    prescriber_id: UUID | None = None

    @model_validator(mode="after")
    def _expires_after_it_was_written(self) -> Self:
        if self.expiration_date is not None and self.expiration_date < self.prescription_date:
            raise ValueError("expirationDate is before prescriptionDate")
        return self


class Verification(Schema):
    decision: Literal[VerificationStatus.VERIFIED, VerificationStatus.REJECTED]
    reason: Annotated[str | None, Field(min_length=1, max_length=2000)] = None


class PrescriptionItem(Schema):
    """A prescription in a list: without its clinical notes."""

    id: UUID
    patient_id: UUID
    prescriber_id: UUID | None
    document_id: UUID
    prescription_date: date
    expiration_date: date | None
    product_category: ProductCategory
    verification_status: VerificationStatus
    verified_by: UUID | None
    verified_at: UtcDateTime | None
    rejection_reason: str | None
    created_at: UtcDateTime


class PrescriptionBody(PrescriptionItem):
    clinical_notes: str | None
