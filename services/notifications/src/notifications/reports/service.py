"""Use cases of reports: taken once, applied to the notification they are about, whichever of the two comes first."""

from collections.abc import Iterable, Mapping

from common.clock import now
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.deliveries import outcomes
from notifications.deliveries import repository as deliveries
from notifications.deliveries.domain import NotificationStatus, may_become
from notifications.deliveries.models import Notification
from notifications.preferences import service as preferences
from notifications.reports import repository
from notifications.reports.domain import KEPT_FOR, Outcome, Report
from notifications.reports.models import ProviderReport

_STATUS: Mapping[Outcome, NotificationStatus] = {
    Outcome.DELIVERED: NotificationStatus.DELIVERED,
    Outcome.BOUNCED: NotificationStatus.BOUNCED,
    Outcome.FAILED: NotificationStatus.FAILED,
}


async def receive(session: AsyncSession, reports: Iterable[Report]) -> None:
    """Take reports in; what was taken before changes nothing, what is about no message of ours waits for it."""
    for report in sorted(reports, key=lambda report: report.external_id):
        await deliveries.lock_external_id(session, report.external_id)
        if await repository.add_once(session, report):
            notification = await deliveries.by_external_id(session, report.provider, report.external_id)
            if notification is not None:
                await _apply(session, notification, report)


async def catch_up(session: AsyncSession, notification: Notification) -> None:
    """Apply what was reported of a message before its id was stored; the caller holds the id's lock."""
    if notification.provider is None or notification.external_id is None:
        return
    for report in await repository.of_message(session, notification.provider, notification.external_id):
        await _apply(session, notification, report)


async def forget_old(session: AsyncSession) -> None:
    """Delete reports that are too old to be replayed."""
    await repository.forget_before(session, now() - KEPT_FOR)


async def _apply(session: AsyncSession, notification: Notification, report: Report | ProviderReport) -> None:
    """A report that comes too late to change anything is no error: providers promise no order."""
    if report.outcome is Outcome.COMPLAINED:
        await preferences.unsubscribe(session, notification.recipient_id)
        return
    status = _STATUS[report.outcome]
    if may_become(notification.status, status):
        await outcomes.settle(session, notification, status, reason=report.reason)
    if report.dead:
        await outcomes.give_address_up(session, notification, report.reason or report.event)
