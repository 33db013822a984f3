"""HTTP bodies of documents."""

from typing import Annotated, Any, Self
from uuid import UUID

from common.contracts.enums import DocumentType, ScanStatus
from common.http import Schema, UtcDateTime
from common.http.pages import DEFAULT_LIMIT
from pydantic import Field

from documents.documents.domain import OwnerType
from documents.documents.models import Document

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$", description="SHA-256 of the content, hexadecimal")]


class NewDocument(Schema):
    """What is about to be uploaded. `sizeBytes` at most 52,428,800; `mimeType` PDF, PNG, JPEG, TIFF or HEIC."""

    document_type: DocumentType
    filename: str
    mime_type: str
    size_bytes: Annotated[int, Field(strict=True)]
    sha256_hash: Sha256 | None = None
    patient_id: UUID | None = None
    case_id: UUID | None = None


class DocumentBody(Schema):
    id: UUID
    owner_id: UUID | None
    owner_type: OwnerType
    patient_id: UUID | None
    case_id: UUID | None
    document_type: DocumentType
    filename: str
    mime_type: str
    size_bytes: int
    sha256_hash: str | None
    metadata: dict[str, Any] | None
    scan_status: ScanStatus
    scan_completed_at: UtcDateTime | None
    uploaded_at: UtcDateTime | None
    created_at: UtcDateTime

    @classmethod
    def of(cls, document: Document) -> Self:
        """The body of a row, whose `metadata` is SQLAlchemy's."""
        columns = {name: getattr(document, name) for name in cls.model_fields if name != "metadata"}
        return cls(**columns, metadata=document.extracted)


class DocumentQuery(Schema):
    """The query string of the list."""

    case_id: UUID | None = None
    patient_id: UUID | None = None
    document_type: DocumentType | None = None
    limit: Annotated[int, Field(ge=1, le=200, description="How many items at most")] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=100)] = None


class UploadLink(Schema):
    """The one call that uploads it: send the content to `url` with all of `headers` as they are."""

    url: str
    method: str
    headers: dict[str, str]
    expires_at: UtcDateTime


class PartLink(Schema):
    """The call that uploads one part: `sizeBytes` of the content, after those of the parts numbered lower."""

    number: int
    size_bytes: int
    url: str
    method: str
    headers: dict[str, str]
    expires_at: UtcDateTime


class PartLinks(Schema):
    """`received`: the numbers of the parts that have arrived; `parts`: what is still to be sent, in any order."""

    received: list[int]
    parts: list[PartLink]


class AnnouncedDocument(Schema):
    document: DocumentBody
    upload: UploadLink


class DownloadLink(Schema):
    url: str
    expires_at: UtcDateTime


class InternalDocument(Schema):
    """A document as other services see it."""

    id: UUID
    document_type: DocumentType
    scan_status: ScanStatus
    owner_id: UUID | None
    patient_id: UUID | None
    case_id: UUID | None
    mime_type: str
    size_bytes: int
    sha256_hash: str | None
