"""Every event of the table, and the job that finds out who is meant."""

from common.contracts.jobs import AddressAnnouncementV1
from common.events.consume import EventConsumer
from common.events.contract import Event
from common.events.envelope import Received
from common.events.retry import PermanentError
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.jobs import JOBS
from notifications.messages import addressing, domain, service
from notifications.resources import NotificationsResources

MESSAGES = EventConsumer("notifications", "messages")


@MESSAGES.on(*domain.EVENTS)
async def announce(session: AsyncSession, event: Received[Event]) -> None:
    """Events in any order: each is told by itself, and one overtaken by a later one is dropped when addressed."""
    await service.announce(session, event)


@JOBS.on(AddressAnnouncementV1)
async def address(resources: NotificationsResources, job: Received[AddressAnnouncementV1]) -> None:
    await addressing.address(resources, job.data.announcement_id)


@JOBS.on_exhausted(AddressAnnouncementV1)
async def give_up(
    resources: NotificationsResources, job: Received[AddressAnnouncementV1], error: BaseException
) -> None:
    """Only what can never be addressed is over; while identity is away, `send-held` takes the rest up again."""
    if isinstance(error, PermanentError):
        await service.give_up(resources, job.data.announcement_id)
