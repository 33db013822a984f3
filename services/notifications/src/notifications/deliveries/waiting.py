"""What waited: sent when its time has come, and together where several wait for the same digest."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from common.clock import now
from common.contracts.enums import Channel
from common.contracts.jobs import DeliverNotificationV1
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.catalogue.contexts import Digest, DigestItem
from notifications.catalogue.domain import TemplateId
from notifications.deliveries import repository
from notifications.deliveries.domain import Hold
from notifications.deliveries.models import Notification
from notifications.resources import NotificationsResources

_AT_A_TIME = 500


async def release(resources: NotificationsResources) -> None:
    """Send everything whose waiting is over by now. Safe to run twice and to miss."""
    released = _AT_A_TIME
    while released == _AT_A_TIME:
        async with resources.database.transaction() as session:
            due = await repository.due(session, now(), _AT_A_TIME)
            released = len(due)
            await _send_on(session, due)


async def _send_on(session: AsyncSession, due: Sequence[Notification]) -> None:
    together: dict[UUID, list[Notification]] = defaultdict(list)
    for notification in due:
        if notification.held_for is Hold.DIGEST:
            together[notification.recipient_id].append(notification)
        else:
            _send_alone(session, notification)
    for waiting in together.values():
        if len(waiting) == 1:
            _send_alone(session, waiting[0])
        else:
            await _send_together(session, waiting)


def _send_alone(session: AsyncSession, notification: Notification) -> None:
    notification.release()
    outbox.record(session, DeliverNotificationV1(notification_id=notification.id), of=notification.id)


async def _send_together(session: AsyncSession, waiting: Sequence[Notification]) -> None:
    identifier = new_id()
    items = [DigestItem(template_id=each.template_id, context=each.context, as_proxy=each.as_proxy) for each in waiting]
    digest = Notification(
        id=identifier,
        event_id=identifier,
        recipient_id=waiting[0].recipient_id,
        channel=Channel.EMAIL,
        template_id=TemplateId.DIGEST,
        context=Digest(items=items).model_dump(mode="json", by_alias=True),
    )
    session.add(digest)
    await session.flush()
    for notification in waiting:
        notification.release()
        notification.digest_id = identifier
    outbox.record(session, DeliverNotificationV1(notification_id=identifier), of=identifier)
