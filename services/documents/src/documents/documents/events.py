"""What events of this service say of a document."""

from typing import TypedDict
from uuid import UUID

from common.contracts.enums import DocumentType

from documents.documents.models import Document


class Facts(TypedDict):
    document_id: UUID
    document_type: DocumentType
    owner_id: UUID | None
    patient_id: UUID | None
    case_id: UUID | None


def facts(document: Document) -> Facts:
    """The fields that every `DocumentEvent` has."""
    return Facts(
        document_id=document.id,
        document_type=document.document_type,
        owner_id=document.owner_id,
        patient_id=document.patient_id,
        case_id=document.case_id,
    )
