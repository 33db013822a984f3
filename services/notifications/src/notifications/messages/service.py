"""From an event to announcements, each of them put into the queue to be addressed (`addressing`)."""

from datetime import timedelta
from uuid import UUID

from common.clock import now
from common.contracts.jobs import AddressAnnouncementV1
from common.events import outbox
from common.events.contract import Event
from common.events.envelope import Received
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.messages import repository
from notifications.messages.domain import told_by
from notifications.messages.models import Announcement, AnnouncementState
from notifications.resources import NotificationsResources

_GIVEN_UP_AFTER = timedelta(minutes=10)
"""Longer than the queue's six attempts take."""
_WORTH_TELLING = timedelta(days=1)


async def announce(session: AsyncSession, event: Received[Event]) -> None:
    """Keep what the event has to say, and have each announcement addressed."""
    made = [
        Announcement(
            id=new_id(),  # known now, so that a batch of events is inserted at once
            event_id=event.envelope.id,
            template_id=told.template,
            audience=told.audience.kind,
            audience_id=told.audience.id,
            audience_role=told.audience.role,
            context=told.context,
            case_id=told.case_id,
            subject_id=event.envelope.subject,
            subject_version=event.envelope.aggregateversion,
        )
        for told in told_by(event.data)
    ]
    session.add_all(made)
    for announcement in made:
        outbox.record(session, AddressAnnouncementV1(announcement_id=announcement.id), of=announcement.id)


async def give_up(resources: NotificationsResources, announcement_id: UUID) -> None:
    """Note that there is nobody an announcement could be for."""
    async with resources.database.transaction() as session:
        announcement = await repository.locked(session, announcement_id)
        if announcement is not None and announcement.state is AnnouncementState.PENDING:
            announcement.state = AnnouncementState.UNADDRESSABLE


async def take_up(resources: NotificationsResources) -> None:
    """Put into the queue again what it gave up because identity was away, for a day. Safe to run twice and to miss."""
    async with resources.database.transaction() as session:
        moment = now()
        stranded = await repository.stranded(
            session, queued_before=moment - _GIVEN_UP_AFTER, made_after=moment - _WORTH_TELLING
        )
        for announcement in stranded:
            announcement.queued_at = moment
            outbox.record(session, AddressAnnouncementV1(announcement_id=announcement.id), of=announcement.id)
