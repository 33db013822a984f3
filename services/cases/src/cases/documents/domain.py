"""What a document must be to be referred to."""

from enum import StrEnum
from uuid import UUID

from common.contracts.enums import DocumentType, ScanStatus
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class DocumentState(StrEnum):
    CLEAN = "CLEAN"
    INFECTED = "INFECTED"
    DELETED = "DELETED"


class ReferencedDocument(BaseModel):
    """A document as the documents service describes it to other services."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    id: UUID
    document_type: DocumentType
    scan_status: ScanStatus
    owner_id: UUID | None
    patient_id: UUID | None
    case_id: UUID | None

    def concerns(self, patient_id: UUID, uploader: UUID) -> bool:
        """Whether it is the patient's, or nobody's yet and `uploader` put it there for them."""
        if self.patient_id is not None:
            return self.patient_id == patient_id
        return self.owner_id == uploader
