"""Use cases of the audit log: appending, reading, proving."""

from collections.abc import Callable, Sequence
from uuid import UUID

from common import audit
from common.auth import Actor
from common.contracts.audit import AuditRecorded
from common.db import Database
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from identity.audit_log import policies, repository
from identity.audit_log.domain import COVERED, Check, hash_of, storable
from identity.audit_log.models import AuditEvent
from identity.audit_log.repository import Sought
from identity.audit_log.schemas import Verification

_TOLD_EVERY = 10_000


async def append(session: AsyncSession, event: Received[AuditRecorded]) -> None:
    """Put an entry at the end of the chain; those of one batch are written together."""
    chain = await repository.head(session)
    told = event.data
    entry = AuditEvent(
        id=event.envelope.id,
        timestamp=told.occurred_at,
        position=chain.position + 1,
        service=event.envelope.service,
        actor_id=told.actor_id,
        actor_type=told.actor_type,
        action=told.action,
        object_type=told.object_type,
        object_id=told.object_id,
        changes=storable(told.changes),
        ip_address=told.ip_address,
        user_agent=told.user_agent,
        request_id=told.request_id,
        previous_hash=chain.hash,
    )
    entry.hash = hash_of(entry.position, chain.hash, {name: getattr(entry, name) for name in COVERED})
    session.add(entry)
    chain.position, chain.hash, chain.last_id = entry.position, entry.hash, entry.id


async def list_entries(
    session: AsyncSession, actor: Actor, sought: Sought, cursor: UUID | None, limit: int
) -> Sequence[AuditEvent]:
    """A page of entries, newest first, and one more where another page follows. Reading the log goes on record."""
    policies.may_read_log(actor)
    audit.record(session, "identity", "audit-event.list", "AuditEvent", sought.object_id or actor.user_id)
    return await repository.entries(session, sought, cursor, limit)


async def verify(
    database: Database, on_progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Verification:
    """Follow the whole chain; `on_progress` is told how many entries of how many are done."""
    async with repository.whole_chain(database) as chain:
        check = Check(chain.retired)
        async for entry in chain.entries:
            check.take(entry["position"], entry["previous_hash"], entry["hash"], entry)
            if check.checked % _TOLD_EVERY == 0:
                on_progress(check.checked, chain.count)
        check.finish(chain.position, chain.hash, chain.last_id)
    return Verification(valid=check.first_invalid is None, checked=check.checked, first_invalid=check.first_invalid)
