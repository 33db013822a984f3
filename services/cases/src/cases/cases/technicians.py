"""What lets a technician see a case: a ticket or a task of theirs."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases.models import CaseTechnician

_SHOW = insert(CaseTechnician)
_UPSERT = _SHOW.on_conflict_do_update(
    index_elements=[CaseTechnician.source_id],
    set_={
        "technician_id": _SHOW.excluded.technician_id,
        "source_version": _SHOW.excluded.source_version,
    },
    where=CaseTechnician.source_version <= _SHOW.excluded.source_version,
)


async def show(session: AsyncSession, source_id: UUID, case_id: UUID, technician_id: UUID, *, version: int) -> None:
    """Let `technician_id` see the case by this ticket or task, and whoever had it before no longer.

    What an older `version` of it says changes nothing.
    """
    row = {
        "source_id": source_id,
        "case_id": case_id,
        "technician_id": technician_id,
        "source_version": version,
    }
    await session.execute(_UPSERT, row)


async def hide(session: AsyncSession, source_id: UUID) -> None:
    """Nobody sees a case by this task any more."""
    await session.execute(delete(CaseTechnician).where(CaseTechnician.source_id == source_id))
