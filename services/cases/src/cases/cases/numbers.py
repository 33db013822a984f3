"""What somebody who searches may have typed of a case number (`AX-<year>-<running number>`): pure rules."""

import re
from dataclasses import dataclass

_FROM_THE_START = re.compile(r"AX(-(\d{0,4}(-\d*)?)?)?")
_YEAR_AND_MORE = re.compile(r"(20)?(\d{2})-(\d*)")
_YEAR = re.compile(r"20\d{2}")
_TRIGRAM = 3


@dataclass(frozen=True, slots=True)
class Typed:
    """Where a number may have what was typed; a number is found that has it at one of these places.

    `start`: at its start. `anywhere`: anywhere; so short that many numbers have it. `running`: in the running number.
    """

    start: str | None = None
    anywhere: str | None = None
    running: str | None = None


def typed(q: str) -> Typed:
    """What `q` may be a part of; nothing where it is no part of any number.

    Leading parts may be left out: `26-0001` is `AX-2026-0001…`. Four digits may be a year, or of the running number.
    """
    text = q.strip().upper()
    if _FROM_THE_START.fullmatch(text):
        return Typed(start=text)
    if year := _YEAR_AND_MORE.fullmatch(text):
        return Typed(start=f"AX-20{year[2]}-{year[3]}")
    if not (text.isascii() and text.isdigit()):
        return Typed()
    if len(text) <= _TRIGRAM:
        return Typed(anywhere=text)
    return Typed(start=f"AX-{text}-" if _YEAR.fullmatch(text) else None, running=text)
