"""`/cases/{id}/timeline`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of

from cases.cases import service as cases
from cases.reading import note_read
from cases.timeline import repository
from cases.timeline.schemas import TimelineItem

router = api_router("timeline")

_WHOLE = 200
"""A case seldom has more events: its story comes in one page unless asked for in smaller ones."""


@router.get("/cases/{case_id}/timeline", response_model=Page[TimelineItem])
async def read_timeline(
    case_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = _WHOLE
) -> dict[str, Any]:
    """Every event of a case, from all services, oldest first."""
    subject = await cases.subject(session, actor, case_id)
    note_read(session, actor, "case.timeline", "Case", case_id)
    return page_of(await repository.entries(session, case_id, subject.prescription_id, cursor, limit), limit)
