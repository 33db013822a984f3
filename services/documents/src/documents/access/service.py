"""Finding out about a case somebody names."""

import asyncio
from uuid import UUID

from common.auth import Actor
from common.contracts.enums import DocumentType, Role
from common.errors import NotFound

from documents.access import repository
from documents.access.domain import CaseSeen
from documents.resources import DocumentsResources

_POLL_SECONDS = 0.05


async def case_seen(
    resources: DocumentsResources, actor: Actor, case_id: UUID | None, document_type: DocumentType
) -> CaseSeen | None:
    """The case a document is announced for; None when it names none, `NotFound` when it is not known.

    A client may name a case or a ticket a moment after it was made, ahead of the event that tells us: this waits for
    it, holding no connection meanwhile.
    """
    if case_id is None:
        return None
    for _ in range(1 + round(resources.settings.case_wait_seconds / _POLL_SECONDS)):
        async with resources.database.transaction() as session:
            seen = await repository.case(session, case_id, actor.user_id)
        if seen is not None and not _awaits_ticket(actor, seen, document_type):
            return seen
        await asyncio.sleep(_POLL_SECONDS)
    if seen is None:
        raise NotFound("Case")
    return seen


def _awaits_ticket(actor: Actor, seen: CaseSeen, document_type: DocumentType) -> bool:
    unneeded = seen.assigned or document_type is DocumentType.DELIVERY_PROOF or seen.patient_id in actor.patients
    return actor.role is Role.TECHNICIAN and not unneeded
