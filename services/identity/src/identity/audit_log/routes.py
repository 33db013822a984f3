"""`/audit-events`."""

from typing import Annotated, Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.pages import DEFAULT_LIMIT
from fastapi import Depends, Query
from pydantic import AwareDatetime

from identity.audit_log import policies, service
from identity.audit_log.repository import Sought
from identity.audit_log.schemas import AuditEventBody, Verification
from identity.resources import ResourcesOf

router = api_router("audit", prefix="/audit-events")


async def _sought(
    actor_id: Annotated[UUID | None, Query(alias="actorId")] = None,
    object_type: Annotated[str | None, Query(alias="objectType", max_length=100)] = None,
    object_id: Annotated[UUID | None, Query(alias="objectId")] = None,
    action: Annotated[str | None, Query(max_length=100)] = None,
    begin: Annotated[AwareDatetime | None, Query(alias="from", description="Included")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to", description="Excluded")] = None,
) -> Sought:
    return Sought(actor_id, object_type, object_id, action, begin, end)


@router.get("", response_model=Page[AuditEventBody])
async def list_audit_events(
    sought: Annotated[Sought, Depends(_sought)],
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """Who did what, in every service; newest first."""
    return page_of(await service.list_entries(session, actor, sought, cursor, limit), limit)


@router.get("/verify", response_model=Verification)
async def verify_audit_events(actor: CurrentActor, resources: ResourcesOf) -> Verification:
    """Check the hash chain of the whole log."""
    policies.may_read_log(actor)
    return await service.verify(resources.database)
