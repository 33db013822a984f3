"""Asking the documents service about a document somebody refers to."""

from uuid import UUID

from common.contracts.enums import DocumentType, ScanStatus
from common.errors import BrokenRule, Conflict, Detail, NotFound
from common.http.client import ServiceClient

from cases.documents.domain import ReferencedDocument

UNKNOWN = NotFound("Document", code="DOC_NOT_FOUND")
"""Said of a document that is not there and of one the caller may not know of."""


async def fetch_document(services: ServiceClient, document_id: UUID) -> ReferencedDocument:
    """The document; `NotFound` when there is none. To be called before the first query of a request."""
    found = await services.get("documents", f"/documents/{document_id}")
    if found is None:
        raise UNKNOWN
    return ReferencedDocument.model_validate(found)


def require_usable(document: ReferencedDocument, wanted: DocumentType, field: str) -> None:
    """`BrokenRule` unless it is of the type wanted, `Conflict` unless it has been scanned and is clean."""
    if document.document_type is not wanted:
        detail = Detail(field, "WRONG_TYPE", f"the document is a {document.document_type}, not a {wanted}")
        raise BrokenRule("The document is of another type", code="DOC_WRONG_TYPE", details=[detail])
    if document.scan_status is not ScanStatus.CLEAN:
        detail = Detail(field, "NOT_CLEAN", f"the scan status is {document.scan_status}")
        raise Conflict("The document has not been found clean", code="DOC_NOT_CLEAN", details=[detail])
