"""Every event of the table, and the job that finds out who is meant."""

from common.contracts.jobs import AddressAnnouncementV1
from common.events.consume import EventConsumer
from common.events.contract import Event
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.jobs import JOBS
from notifications.messages import domain, service
from notifications.resources import NotificationsResources

MESSAGES = EventConsumer("notifications", "messages")


@MESSAGES.on(*domain.EVENTS)
async def announce(session: AsyncSession, event: Received[Event]) -> None:
    """Events in any order: each is told by itself, and one overtaken by a later one is dropped when addressed."""
    await service.announce(session, event)


@JOBS.on(AddressAnnouncementV1)
async def address(resources: NotificationsResources, job: Received[AddressAnnouncementV1]) -> None:
    """Exhausted only when identity is away for long: the job waits in `dead_letters` to be replayed."""
    await service.address(resources, job.data.announcement_id)
