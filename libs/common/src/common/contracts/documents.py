"""Events of the documents service."""

from typing import ClassVar
from uuid import UUID

from common.contracts.enums import DocumentType
from common.events.contract import Event


class DocumentEvent(Event):
    """`case_id` is set for a document of a case; such events show in the case's timeline."""

    service: ClassVar[str] = "documents"
    document_id: UUID
    document_type: DocumentType
    owner_id: UUID | None
    patient_id: UUID | None
    case_id: UUID | None


class DocumentUploadedV1(DocumentEvent):
    name: ClassVar[str] = "document.uploaded"


class DocumentCleanV1(DocumentEvent):
    name: ClassVar[str] = "document.clean"


class DocumentInfectedV1(DocumentEvent):
    name: ClassVar[str] = "document.infected"


class DocumentTextExtractedV1(DocumentEvent):
    name: ClassVar[str] = "document.text-extracted"


class DocumentGeneratedV1(DocumentEvent):
    """A PDF of ours is stored and clean; `quote_id` names the quote it shows."""

    name: ClassVar[str] = "document.generated"
    quote_id: UUID | None


class DocumentDeletedV1(DocumentEvent):
    name: ClassVar[str] = "document.deleted"
