"""HTTP bodies of erasure."""

from uuid import UUID

from common.contracts.enums import DocumentType
from common.http import Schema


class Standing(Schema):
    """A document, and why it may not be erased; None where nothing keeps it."""

    id: UUID
    document_type: DocumentType
    kept_because: str | None
