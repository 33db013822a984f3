"""Use cases of erasure."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from documents.documents import service as library
from documents.erasures import repository
from documents.erasures.schemas import Standing
from documents.extraction import service as extraction


async def standing(session: AsyncSession, patient_id: UUID, user_id: UUID) -> list[Standing]:
    """Each of a person's documents, and what keeps it."""
    found = []
    for document in await repository.of_person(session, patient_id, user_id):
        hold = await library.hold_on(session, document)
        reason = None if hold is None else library.HELD[hold]
        found.append(Standing(id=document.id, document_type=document.document_type, kept_because=reason))
    return found


async def forget(session: AsyncSession, patient_id: UUID, user_id: UUID, *, kept: frozenset[UUID]) -> None:
    """Delete a person's documents but those in `kept` and those something holds; what was read from these goes.

    `kept` is what was decided when the patient asked: the event that puts a document in a case may come after this one.
    """
    for document in await repository.of_person(session, patient_id, user_id, lock=True):
        if document.id in kept or await library.hold_on(session, document) is not None:
            extraction.forget(document)
        else:
            library.mark_deleted(session, document, "document.erase")
