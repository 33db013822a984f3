"""Use cases of SCOR bundles."""

import zipfile
from collections.abc import AsyncIterator, Sequence
from tempfile import TemporaryFile
from uuid import UUID

from common import audit
from common.auth import Actor
from common.contracts.enums import ScanStatus
from common.errors import BrokenRule, Detail, NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from documents.documents import repository
from documents.documents.models import Document
from documents.resources import DocumentsResources
from documents.scor import policies
from documents.scor.domain import Problem, problems

_CHUNK = 256 * 1024


async def check(
    session: AsyncSession, actor: Actor, document_ids: Sequence[UUID]
) -> list[tuple[Document, list[Problem]]]:
    """Each document with what keeps it out of a bundle; `NotFound` when one is not known."""
    policies.may_bundle(actor)
    checked = []
    for document_id in dict.fromkeys(document_ids):
        document = await repository.document(session, actor, document_id)
        if document is None:
            raise NotFound("Document", code="DOC_NOT_FOUND")
        audit.record(session, "documents", "document.bundle", "Document", document.id)
        checked.append((document, _problems(document)))
    return checked


async def bundle(session: AsyncSession, actor: Actor, document_ids: Sequence[UUID]) -> list[Document]:
    """The documents of a bundle; `BrokenRule` naming what keeps one out."""
    checked = await check(session, actor, document_ids)
    details = [
        Detail(f"documentIds[{position}]", problem.code.value, f"page {problem.page}" if problem.page else "document")
        for position, (_, found) in enumerate(checked)
        for problem in found
    ]
    if details:
        raise BrokenRule("The bundle breaks the rules of SCOR", code="DOC_SCOR_REFUSED", details=details)
    return [document for document, _ in checked]


async def archive(resources: DocumentsResources, documents: Sequence[Document]) -> AsyncIterator[bytes]:
    """A zip of the documents, put together on disk: a name tells place and type, and nothing of the patient."""
    with TemporaryFile(prefix="scor-") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
            for position, document in enumerate(documents, start=1):
                name = f"{position:02d}-{document.document_type.value.lower()}.pdf"
                with packed.open(name, "w") as member:
                    content = resources.storage.stream(resources.bucket(document.bucket), document.storage_key)
                    async for chunk in content:
                        member.write(chunk)
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _problems(document: Document) -> list[Problem]:
    return problems(
        clean=document.scan_status is ScanStatus.CLEAN,
        mime_type=document.mime_type,
        layout=(document.extracted or {}).get("layout"),
    )
