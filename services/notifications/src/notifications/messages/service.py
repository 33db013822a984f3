"""From an event to announcements, and from an announcement to one notification for each recipient and channel."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from common.clock import now
from common.contracts.enums import Channel
from common.contracts.jobs import AddressAnnouncementV1
from common.contracts.notifications import CallRequestedV1
from common.events import outbox
from common.events.contract import Event
from common.events.envelope import Received
from common.events.retry import PermanentError
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.addresses import service as addresses
from notifications.catalogue.domain import TEMPLATES, Template, TemplateId
from notifications.deliveries import service as deliveries
from notifications.deliveries.domain import channels_for
from notifications.identity import Recipient
from notifications.messages import repository
from notifications.messages.domain import Audience, AudienceKind, told_by
from notifications.messages.models import Announcement, AnnouncementState
from notifications.preferences import service as preferences
from notifications.resources import NotificationsResources

_GIVEN_UP_AFTER = timedelta(minutes=10)
"""Longer than the queue's six attempts take."""
_WORTH_TELLING = timedelta(days=1)


async def announce(session: AsyncSession, event: Received[Event]) -> None:
    """Keep what the event has to say, and have each announcement addressed."""
    made = [
        Announcement(
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
    await session.flush()
    for announcement in made:
        outbox.record(session, AddressAnnouncementV1(announcement_id=announcement.id), of=announcement.id)


async def address(resources: NotificationsResources, announcement_id: UUID) -> None:
    """Ask identity who is meant and make a notification for each; does nothing the second time.

    `PermanentError` for an announcement or an audience that does not exist; `Unavailable` while identity is away.
    """
    found = await repository.whom(resources.database.reads, announcement_id)
    if found is None:
        raise PermanentError(f"there is no announcement {announcement_id}")
    state, audience = found
    if state is not AnnouncementState.PENDING:
        return
    recipients = await _recipients(resources, audience)
    async with resources.database.transaction() as session:
        await _address_to(resources, session, announcement_id, recipients)


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


async def _recipients(resources: NotificationsResources, audience: Audience) -> Sequence[Recipient]:
    directory, found = resources.directory, None
    if audience.kind is AudienceKind.STAFF and audience.role is not None:
        found = await directory.of_role(audience.role)
    elif audience.kind is AudienceKind.PATIENT and audience.id is not None:
        found = await directory.of_patient(audience.id)
    elif audience.id is not None:
        user = await directory.of_user(audience.id)
        found = None if user is None else [user]
    if found is None:
        raise PermanentError(f"identity knows no {audience.kind} {audience.id}")
    return found


async def _address_to(
    resources: NotificationsResources, session: AsyncSession, announcement_id: UUID, recipients: Sequence[Recipient]
) -> None:
    announcement = await repository.locked(session, announcement_id)
    if announcement is None or announcement.state is not AnnouncementState.PENDING:
        return
    identifier = await _telling(session, announcement)
    if identifier is None:
        announcement.state = AnnouncementState.OVERTAKEN
        return
    announcement.state = AnnouncementState.ADDRESSED
    announcement.addressed_at = now()
    template = TEMPLATES[identifier]
    digest = resources.settings.digest_rule if template.is_ordinary else None
    usable = await _usable(resources, session, recipients)
    for recipient in await _willing(session, template, recipients):
        channels = channels_for(
            template.channels,
            frozenset(usable[recipient.user_id]),
            urgent=template.urgent,
            prefers_sms=recipient.prefers_sms,
        )
        for channel in sorted(channels):
            await deliveries.notify(session, _columns(announcement, identifier, recipient, channel), digest=digest)
        if recipient.prefers_calls and template.is_ordinary:
            _request_call(session, announcement, identifier, recipient)


async def _telling(session: AsyncSession, announcement: Announcement) -> TemplateId | None:
    """By which template it is told by now: that it was moved, where an earlier date was told; None when overtaken."""
    identifier = TemplateId(announcement.template_id)
    template = TEMPLATES[identifier]
    if not template.latest_only:
        return identifier
    await repository.lock_subject(session, announcement)
    if await repository.is_overtaken(session, announcement):
        return None
    if template.moved is not None and await repository.was_told_before(session, announcement):
        return template.moved
    return identifier


async def _willing(session: AsyncSession, template: Template, recipients: Sequence[Recipient]) -> Sequence[Recipient]:
    """Each recipient once, in the order of ids, without those who unsubscribed from what is optional."""
    everybody = {recipient.user_id: recipient for recipient in recipients}
    refused = await preferences.unsubscribed(session, everybody) if template.optional else set()
    return [everybody[user_id] for user_id in sorted(everybody.keys() - refused)]


async def _usable(
    resources: NotificationsResources, session: AsyncSession, recipients: Sequence[Recipient]
) -> Mapping[UUID, set[Channel]]:
    """The channels each recipient can be reached by: verified, and not known to be dead."""
    known = {(each.user_id, channel): address for each in recipients for channel, address in each.verified.items()}
    found: dict[UUID, set[Channel]] = defaultdict(set)
    for user_id, channel in await addresses.usable(session, resources.blind_index, known):
        found[user_id].add(channel)
    return found


def _columns(
    announcement: Announcement, template: TemplateId, recipient: Recipient, channel: Channel
) -> dict[str, Any]:
    return {
        "announcement_id": announcement.id,
        "event_id": announcement.event_id,
        "template_id": template,
        "context": announcement.context,
        "case_id": announcement.case_id,
        "recipient_id": recipient.user_id,
        "as_proxy": recipient.is_proxy,
        "channel": channel,
    }


def _request_call(
    session: AsyncSession, announcement: Announcement, template: TemplateId, recipient: Recipient
) -> None:
    event = CallRequestedV1(user_id=recipient.user_id, about=template, case_id=announcement.case_id)
    outbox.record(session, event, of=announcement.id)
