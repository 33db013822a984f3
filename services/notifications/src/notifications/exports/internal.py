"""What identity gathers for a patient (`/internal/v1`)."""

from typing import Annotated, Any
from uuid import UUID

from common.http import Cursor, Limit, Page, RequestSession, allow_callers, internal_router, page_of
from common.http.pages import DEFAULT_LIMIT
from fastapi import Depends

from notifications.deliveries.schemas import NotificationBody
from notifications.exports import repository

router = internal_router()


@router.get("/users/{user_id}/notifications", response_model=Page[NotificationBody])
async def notifications_of_user(
    user_id: UUID,
    session: RequestSession,
    cursor: Cursor,
    _caller: Annotated[str, Depends(allow_callers("identity"))],
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """What a user was sent, newest first."""
    return page_of(await repository.notifications_of(session, user_id, cursor, limit), limit)
