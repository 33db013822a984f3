"""`/cases/{id}/notes`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.pages import DEFAULT_LIMIT

from cases.cases import service as cases
from cases.notes import policies, repository, service
from cases.notes.models import CaseNote
from cases.notes.schemas import NewNote, NoteBody
from cases.reading import note_read

router = api_router("notes")


@router.post("/cases/{case_id}/notes", status_code=201, response_model=NoteBody)
async def add_note(case_id: UUID, body: NewNote, actor: CurrentActor, session: RequestSession) -> CaseNote:
    """Add a note; a patient's own are never internal."""
    return await service.add(session, actor, case_id, body)


@router.get("/cases/{case_id}/notes", response_model=Page[NoteBody])
async def list_notes(
    case_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """List the notes of a case, newest first."""
    subject = await cases.subject(session, actor, case_id)
    policies.may_read(actor, subject.patient_id)
    note_read(session, actor, "note.list", "Case", case_id)
    return page_of(await repository.notes(session, actor, case_id, cursor, limit), limit)
