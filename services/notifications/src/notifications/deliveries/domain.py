"""States of a notification, the channel it takes, and when it waits."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID, uuid5

from common.clock import PARIS
from common.contracts.enums import Channel


class NotificationStatus(StrEnum):
    PENDING = "PENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    BOUNCED = "BOUNCED"


class Reason(StrEnum):
    """Why a notification failed, where it is not the provider's own code. Codes, never addresses."""

    RECIPIENT_GONE = "RECIPIENT_GONE"
    EMAIL_NOT_VERIFIED = "EMAIL_NOT_VERIFIED"
    PHONE_NOT_VERIFIED = "PHONE_NOT_VERIFIED"
    ADDRESS_UNUSABLE = "ADDRESS_UNUSABLE"
    NOTHING_TO_SEND = "NOTHING_TO_SEND"
    GAVE_UP = "GAVE_UP"


class Hold(StrEnum):
    """Why a notification waits."""

    QUIET_HOURS = "QUIET_HOURS"
    DIGEST = "DIGEST"


_MOVES = {
    NotificationStatus.PENDING: {NotificationStatus.SENT, NotificationStatus.FAILED},
    NotificationStatus.SENT: {NotificationStatus.DELIVERED, NotificationStatus.BOUNCED, NotificationStatus.FAILED},
    NotificationStatus.DELIVERED: {NotificationStatus.BOUNCED},
    NotificationStatus.FAILED: {NotificationStatus.PENDING},
    NotificationStatus.BOUNCED: {NotificationStatus.PENDING},
}


def may_become(status: NotificationStatus, to: NotificationStatus) -> bool:
    """Whether a notification in `status` may go to `to`; a mailbox may take a mail and send it back later."""
    return to in _MOVES[status]


def channels_for(
    offered: frozenset[Channel], usable: frozenset[Channel], *, urgent: bool, prefers_sms: bool
) -> set[Channel]:
    """The channels one recipient is told by, out of those a template is `offered` in.

    `usable` are the recipient's: a phone only where it is verified, and no address that nothing reaches. SMS only when
    preferred, falling back to mail, or where mail cannot reach them; an urgent message goes by every channel there is.
    Where no channel is left it is mail (or the only one offered) all the same, so that it fails where staff see it.
    """
    possible = offered & usable
    if urgent and possible:
        return set(possible)
    wanted = Channel.SMS if prefers_sms else Channel.EMAIL
    for channel in (wanted, Channel.EMAIL, Channel.SMS):
        if channel in possible:
            return {channel}
    return {Channel.EMAIL} if Channel.EMAIL in offered else set(offered)


def idempotency_key(notification_id: UUID, retries: int) -> UUID:
    """What tells the provider that it has had this message before; a retry asked for by staff is a new message."""
    return uuid5(notification_id, str(retries)) if retries else notification_id


_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The hours in France in which no SMS is sent that can wait, such as 21:00 to 08:00."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `21:00-08:00`; ValueError for anything else."""
        found = _QUIET.fullmatch(text)
        if found is None:
            raise ValueError(f"not quiet hours: {text!r}")
        first, second, third, fourth = map(int, found.groups())
        return cls(time(first, second), time(third, fourth))

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet hours that `moment` lies in are over; None when it lies in none."""
        local = moment.astimezone(PARIS)
        if not self._covers(local.time()):
            return None
        end = datetime.combine(local.date(), self.end, PARIS)
        return end if end > local else datetime.combine(local.date() + timedelta(days=1), self.end, PARIS)

    def _covers(self, at: time) -> bool:
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end


@dataclass(frozen=True, slots=True)
class DigestRule:
    """From `after` mails `within` that time on, the next ones to the same person wait and come together."""

    after: int
    within: timedelta

    def since(self, moment: datetime) -> datetime:
        """From when mails count."""
        return moment - self.within

    def is_reached(self, mails: int) -> bool:
        """Whether another mail is to wait, after so many."""
        return mails >= self.after
