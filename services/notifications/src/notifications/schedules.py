"""What this service does by the clock."""

from common.events.schedule import Schedules

from notifications.deliveries import waiting
from notifications.messages import service as messages
from notifications.reports import service as reports
from notifications.resources import NotificationsResources

SCHEDULES: Schedules[NotificationsResources] = Schedules("notifications")


@SCHEDULES.on("send-held")
async def send_held(resources: NotificationsResources) -> None:
    """What waited for the morning or for a digest, and what waits because identity was away for long."""
    await waiting.release(resources)
    await messages.take_up(resources)


@SCHEDULES.on("forget-reports")
async def forget_reports(resources: NotificationsResources) -> None:
    """Providers' reports that are too old to be replayed."""
    async with resources.database.transaction() as session:
        await reports.forget_old(session)
