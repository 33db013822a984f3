"""Days and times as people write them: "vendredi à 10h", "demain 14:30", "12/01 9 am"."""

import re
from datetime import UTC, date, datetime, time, timedelta

from common.clock import PARIS

from devices.assistant.text import plain

OPENS, CLOSES = time(8, 0), time(18, 0)
_DAYS = {
    "lundi": 0, "mardi": 1, "mercredi": 2, "jeudi": 3, "vendredi": 4, "samedi": 5, "dimanche": 6,
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
}  # fmt: skip
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}))?\b")
_HOUR = re.compile(r"\b(\d{1,2})\s?(?:h|:)\s?(\d{2})?(?!\d)|\b(\d{1,2})(?::(\d{2}))?\s?(am|pm)\b")


def find(text: str, today: date) -> datetime | None:
    """The moment a text names, in UTC; None unless it names both a day and a time that exist."""
    written = plain(text)
    day, hour = _day(written, today), _time(written)
    if day is None or hour is None:
        return None
    return datetime.combine(day, hour, PARIS).astimezone(UTC)


def suits(moment: datetime) -> bool:
    """Whether a visit may be asked for at that moment: Monday to Friday, within opening hours in France."""
    local = moment.astimezone(PARIS)
    return local.weekday() < 5 and OPENS <= local.time() < CLOSES


def _day(written: str, today: date) -> date | None:
    try:
        if found := _ISO.search(written):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _SLASHED.search(written):
            return _of_year(int(found[1]), int(found[2]), int(found[3]) if found[3] else None, today)
    except ValueError:
        return None
    words = set(re.findall(r"[a-z]+", written))
    if {"apres", "demain"} <= words:
        return today + timedelta(days=2)
    if words & {"demain", "tomorrow"}:
        return today + timedelta(days=1)
    named = [number for name, number in _DAYS.items() if name in words]
    return today + timedelta(days=(named[0] - today.weekday() - 1) % 7 + 1) if len(named) == 1 else None


def _of_year(day: int, month: int, year: int | None, today: date) -> date:
    """A day and month; without a year the next time they come."""
    if year is not None:
        return date(year, month, day)
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else date(today.year + 1, month, day)


def _time(written: str) -> time | None:
    found = _HOUR.search(_SLASHED.sub(" ", _ISO.sub(" ", written)))
    if found is None:
        return None
    hour, minute = int(found[1] or found[3]), int(found[2] or found[4] or 0)
    if found[5] and not 1 <= hour <= 12:
        return None
    if found[5]:
        hour = hour % 12 + (12 if found[5] == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


_WEEKDAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def spelled_day(moment: datetime, language: str) -> str:
    """ "vendredi 27 novembre 2026", in France."""
    local = moment.astimezone(PARIS)
    weekday, month = _WEEKDAYS[language][local.weekday()], _MONTHS[language][local.month - 1]
    return f"{weekday} {local.day} {month} {local.year}"


def spelled(moment: datetime, language: str) -> str:
    """ "vendredi 27 novembre 2026 à 10h00", in France."""
    local = moment.astimezone(PARIS)
    hour = f"à {local:%Hh%M}" if language == "fr" else f"at {local:%H:%M}"
    return f"{spelled_day(moment, language)} {hour}"
