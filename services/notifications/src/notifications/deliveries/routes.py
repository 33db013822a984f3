"""`/notifications`."""

from typing import Any
from uuid import UUID

from common.contracts.enums import Channel
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.etags import set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Response

from notifications.deliveries import service
from notifications.deliveries.domain import NotificationStatus
from notifications.deliveries.models import Notification
from notifications.deliveries.schemas import NotificationBody

router = api_router("notifications")


@router.get("/notifications", response_model=Page[NotificationBody])
async def list_notifications(
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    status: NotificationStatus | None = None,
    channel: Channel | None = None,
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """The caller's notifications, everybody's for OPS and COMPLIANCE_ADMIN; newest first."""
    found = await service.find(session, actor, status=status, channel=channel, cursor=cursor, limit=limit)
    return page_of(found, limit)


@router.get("/notifications/{notification_id}", response_model=NotificationBody)
async def read_notification(
    notification_id: UUID, actor: CurrentActor, session: RequestSession, response: Response
) -> Notification:
    """One notification."""
    notification = await service.read(session, actor, notification_id)
    set_etag(response, notification.version)
    return notification


@router.post("/notifications/{notification_id}/retry", status_code=202, response_model=NotificationBody)
async def retry_notification(
    notification_id: UUID, actor: CurrentActor, session: RequestSession, response: Response
) -> Notification:
    """Send a notification again that failed or bounced."""
    notification = await service.retry(session, actor, notification_id)
    set_etag(response, notification.version)
    return notification
