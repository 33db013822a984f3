"""The pure rules: channels, states, quiet hours, digests, keys."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from common.clock import PARIS
from common.contracts.enums import Channel
from common.errors import Conflict
from common.ids import new_id
from hypothesis import given
from hypothesis import strategies as st
from notifications.deliveries.domain import (
    DigestRule,
    NotificationStatus,
    QuietHours,
    channels_for,
    idempotency_key,
    may_become,
)
from notifications.deliveries.models import Notification

MAIL, SMS = frozenset({Channel.EMAIL}), frozenset({Channel.SMS})
BOTH, NONE = MAIL | SMS, frozenset[Channel]()
S = NotificationStatus


@pytest.mark.parametrize(
    ("offered", "usable", "urgent", "prefers_sms", "taken"),
    [
        (BOTH, BOTH, False, False, MAIL),
        (BOTH, BOTH, False, True, SMS),
        (BOTH, MAIL, False, True, MAIL),
        (BOTH, SMS, False, False, SMS),
        (BOTH, NONE, False, True, MAIL),
        (BOTH, BOTH, True, False, BOTH),
        (BOTH, MAIL, True, True, MAIL),
        (BOTH, NONE, True, True, MAIL),
        (MAIL, SMS, False, True, MAIL),
        (SMS, NONE, False, False, SMS),
        (MAIL, BOTH, True, True, MAIL),
    ],
)
def test_which_channels_are_taken(
    offered: frozenset[Channel], usable: frozenset[Channel], urgent: bool, prefers_sms: bool, taken: set[Channel]
) -> None:
    assert channels_for(offered, usable, urgent=urgent, prefers_sms=prefers_sms) == taken


ALLOWED = {
    (S.PENDING, S.SENT),
    (S.PENDING, S.FAILED),
    (S.SENT, S.DELIVERED),
    (S.SENT, S.BOUNCED),
    (S.SENT, S.FAILED),
    (S.DELIVERED, S.BOUNCED),
    (S.FAILED, S.PENDING),
    (S.BOUNCED, S.PENDING),
}


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
def test_no_other_move_than_the_allowed_ones(before: S, after: S) -> None:
    assert may_become(before, after) == ((before, after) in ALLOWED)
    notification = Notification(status=before)
    if (before, after) in ALLOWED:
        notification.become(after)
        assert notification.status is after
    else:
        with pytest.raises(Conflict):
            notification.become(after)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("20:59", None),
        ("21:00", "next 08:00"),
        ("23:59", "next 08:00"),
        ("00:00", "08:00"),
        ("07:59", "08:00"),
        ("08:00", None),
    ],
)
def test_the_night_ends_in_the_morning(at: str, until: str | None) -> None:
    moment = datetime.combine(date(2026, 3, 10), time.fromisoformat(at), PARIS).astimezone(UTC)
    expected = None
    if until is not None:
        expected = datetime(2026, 3, 11 if until.startswith("next") else 10, 8, tzinfo=PARIS)
    assert QuietHours.parse("21:00-08:00").until(moment) == expected


@given(st.times(), st.times(), st.integers(0, 20 * 366 * 86_400))
def test_quiet_hours_end_after_they_hold_and_within_a_day(begin: time, end: time, seconds: int) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    hours = QuietHours(begin.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
    until = hours.until(moment)
    if until is not None:
        assert moment < until <= moment + timedelta(hours=26)
        assert until.astimezone(PARIS).time() == hours.end


@pytest.mark.parametrize("text", ["", "21-8", "21:00-24:00", "9:00-10:00", "21:00 - 08:00", "21:60-08:00"])
def test_quiet_hours_are_written_in_one_way(text: str) -> None:
    with pytest.raises(ValueError, match="quiet hours"):
        QuietHours.parse(text)


def test_a_digest_begins_with_the_mail_after_the_last_allowed() -> None:
    rule = DigestRule(3, timedelta(minutes=10))
    assert [rule.is_reached(mails) for mails in (0, 2, 3, 9)] == [False, False, True, True]


def test_every_try_of_the_queue_has_the_same_key_and_a_retry_by_staff_another() -> None:
    identifier = new_id()
    assert idempotency_key(identifier, 0) == idempotency_key(identifier, 0)
    assert len({idempotency_key(identifier, retries) for retries in range(3)}) == 3
