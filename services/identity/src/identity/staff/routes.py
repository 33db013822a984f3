"""`/staff`."""

from typing import Any

from common.contracts.enums import Role
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router
from common.http.pages import DEFAULT_LIMIT, page_of

from identity.staff import service
from identity.staff.models import Department
from identity.staff.schemas import NewStaff, StaffBody

router = api_router("staff", prefix="/staff")


@router.post("", status_code=201, response_model=StaffBody)
async def invite_staff(body: NewStaff, actor: CurrentActor, session: RequestSession) -> StaffBody:
    """Invite a member of staff by mail."""
    return service.body_of(await service.invite(session, actor, body))


@router.get("", response_model=Page[StaffBody])
async def list_staff(
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
    role: Role | None = None,
    department: Department | None = None,
) -> dict[str, Any]:
    """Staff, newest first."""
    found = await service.list_staff(session, actor, role=role, department=department, cursor=cursor, limit=limit)
    return page_of([service.body_of(member) for member in found], limit)
