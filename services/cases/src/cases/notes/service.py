"""Use cases of notes."""

from uuid import UUID

from common import audit
from common.auth import Actor
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases import service as cases
from cases.cases.policies import may_change_something
from cases.notes import policies
from cases.notes.models import CaseNote
from cases.notes.schemas import NewNote


async def add(session: AsyncSession, actor: Actor, case_id: UUID, new: NewNote) -> CaseNote:
    """Add a note to a case."""
    may_change_something(actor)
    subject = await cases.subject(session, actor, case_id)
    is_internal = policies.may_write(actor, subject.patient_id, is_internal=new.is_internal)
    note = CaseNote(case_id=case_id, author_id=actor.user_id, content=new.content, is_internal=is_internal)
    session.add(note)
    await session.flush()
    audit.record(session, "cases", "note.create", "CaseNote", note.id)
    return note
