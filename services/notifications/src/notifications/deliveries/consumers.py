"""The job that hands one notification over."""

from common.contracts.jobs import DeliverNotificationV1
from common.events.envelope import Received

from notifications.deliveries import sending
from notifications.deliveries.domain import Reason
from notifications.jobs import JOBS
from notifications.resources import NotificationsResources


@JOBS.on(DeliverNotificationV1)
async def deliver(resources: NotificationsResources, job: Received[DeliverNotificationV1]) -> None:
    await sending.deliver(resources, job.data.notification_id, attempt=job.deliveries)


@JOBS.on_exhausted(DeliverNotificationV1)
async def give_up(
    resources: NotificationsResources, job: Received[DeliverNotificationV1], error: BaseException
) -> None:
    """FAILED, with the kind of error only: its text may name an address."""
    await sending.fail(resources, job.data.notification_id, f"{Reason.GAVE_UP} {type(error).__name__}")
