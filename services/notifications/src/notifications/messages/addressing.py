"""From an announcement to one notification for each recipient and channel, many announcements at a time.

Every announcement has a job of its own. The first job to run looks ahead in the queue and does the work of those behind
it in the same transaction; they find nothing left to do.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Any
from uuid import UUID

from common.clock import now
from common.contracts.enums import Channel
from common.contracts.notifications import CallRequestedV1
from common.errors import Unavailable
from common.events import outbox
from common.events.retry import PermanentError
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.addresses import service as addresses
from notifications.catalogue.domain import LATEST_ONLY, TEMPLATES, Template, TemplateId
from notifications.deliveries import service as deliveries
from notifications.deliveries.domain import channels_for
from notifications.identity import Recipient
from notifications.messages import repository
from notifications.messages.domain import Audience, AudienceKind
from notifications.messages.models import Announcement, AnnouncementState
from notifications.preferences import service as preferences
from notifications.resources import NotificationsResources

_TOGETHER = 50

Recipients = Mapping[UUID, Sequence[Recipient]]
"""Whom each announcement is for."""


async def address(resources: NotificationsResources, announcement_id: UUID) -> None:
    """Ask identity who is meant and make a notification for each; does nothing the second time.

    `PermanentError` for an announcement or an audience that does not exist; `Unavailable` while identity is away.
    """
    while (audience := await _still_to_address(resources, announcement_id)) is not None:
        behind = await repository.behind(resources.database.reads, announcement_id, LATEST_ONLY, _TOGETHER - 1)
        if announcement_id in resources.addressing:
            continue  # somebody has begun with it meanwhile
        others = {identifier: whom for identifier, whom in behind.items() if identifier not in resources.addressing}
        if not others or not await _done_together(resources, {announcement_id: audience, **others}):
            await _address(resources, {announcement_id: await _recipients(resources, audience)})
        return


async def _still_to_address(resources: NotificationsResources, announcement_id: UUID) -> Audience | None:
    """Whom an announcement is for once nobody else is at work on it; None when it is not pending any more."""
    while (under_way := resources.addressing.get(announcement_id)) is not None:
        await asyncio.wait({under_way})
    found = await repository.whom(resources.database.reads, announcement_id)
    if found is None:
        raise PermanentError(f"there is no announcement {announcement_id}")
    state, audience = found
    return audience if state is AnnouncementState.PENDING else None


async def _done_together(resources: NotificationsResources, audiences: Mapping[UUID, Audience]) -> bool:
    """Address as many of the announcements as can be, and say whether the first of them is done.

    What goes wrong with one must not show in another's job: then each is left to its own.
    """
    first = next(iter(audiences))
    working = asyncio.create_task(_together(resources, audiences))
    resources.addressing |= dict.fromkeys(audiences, working)
    try:
        return first in await working
    except Exception:  # noqa: BLE001 - the job of each tells by itself what is wrong
        return False
    finally:
        for identifier in audiences:
            del resources.addressing[identifier]


async def _together(resources: NotificationsResources, audiences: Mapping[UUID, Audience]) -> Recipients:
    """Address those announcements whose recipients identity tells."""
    answers = await asyncio.gather(*(_told(resources, audience) for audience in audiences.values()))
    known = {identifier: told for identifier, told in zip(audiences, answers, strict=True) if told is not None}
    await _address(resources, known)
    return known


async def _told(resources: NotificationsResources, audience: Audience) -> Sequence[Recipient] | None:
    try:
        return await _recipients(resources, audience)
    except (PermanentError, Unavailable):
        return None


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


async def _address(resources: NotificationsResources, recipients: Recipients) -> None:
    """Make the notifications of those announcements that are still pending, in one transaction."""
    async with resources.database.transaction() as session:
        pending = await repository.locked_pending(session, recipients)
        telling = {each.id: await _telling(session, each) for each in pending}
        everybody = {one.user_id: one for one in chain.from_iterable(recipients[each.id] for each in pending)}
        usable = await _usable(resources, session, everybody.values())
        refused = await _refused(session, telling.values(), everybody)
        made: list[deliveries.New] = []
        for announcement in pending:
            identifier = telling[announcement.id]
            if identifier is None:
                announcement.state = AnnouncementState.OVERTAKEN
                continue
            announcement.state = AnnouncementState.ADDRESSED
            announcement.addressed_at = now()
            willing = _willing(TEMPLATES[identifier], recipients[announcement.id], refused)
            for recipient in willing:
                made += _notifications(announcement, identifier, recipient, usable[recipient.user_id])
                _request_call(session, announcement, identifier, recipient)
        await deliveries.notify(session, made, resources.settings.digest_rule)


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


async def _refused(session: AsyncSession, telling: Iterable[TemplateId | None], everybody: Iterable[UUID]) -> set[UUID]:
    """Who gets nothing that is optional; nobody is asked for where nothing is."""
    optional = any(identifier is not None and TEMPLATES[identifier].optional for identifier in telling)
    return await preferences.unsubscribed(session, everybody) if optional else set()


def _willing(template: Template, recipients: Sequence[Recipient], refused: AbstractSet[UUID]) -> Sequence[Recipient]:
    """Each recipient once, in the order of ids, without those who unsubscribed from what is optional."""
    everybody = {recipient.user_id: recipient for recipient in recipients}
    without = refused if template.optional else frozenset[UUID]()
    return [everybody[user_id] for user_id in sorted(everybody.keys() - without)]


async def _usable(
    resources: NotificationsResources, session: AsyncSession, recipients: Iterable[Recipient]
) -> Mapping[UUID, set[Channel]]:
    """The channels each recipient can be reached by: verified, and not known to be dead."""
    known = {(each.user_id, channel): address for each in recipients for channel, address in each.verified.items()}
    found: dict[UUID, set[Channel]] = defaultdict(set)
    for user_id, channel in await addresses.usable(session, resources.blind_index, known):
        found[user_id].add(channel)
    return found


def _notifications(
    announcement: Announcement, identifier: TemplateId, recipient: Recipient, usable: AbstractSet[Channel]
) -> Sequence[deliveries.New]:
    """One for each channel that the recipient is told by."""
    template = TEMPLATES[identifier]
    channels = channels_for(
        template.channels, frozenset(usable), urgent=template.urgent, prefers_sms=recipient.prefers_sms
    )
    return [
        deliveries.New(_columns(announcement, identifier, recipient, channel), may_wait=template.is_ordinary)
        for channel in sorted(channels)
    ]


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
    """Have whoever prefers the telephone called about what is of their file."""
    if recipient.prefers_calls and TEMPLATES[template].is_ordinary:
        event = CallRequestedV1(user_id=recipient.user_id, about=template, case_id=announcement.case_id)
        outbox.record(session, event, of=announcement.id)
