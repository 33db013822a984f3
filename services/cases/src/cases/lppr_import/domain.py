"""Rules of the import: what a row must be, and what makes the catalogue agree with the export."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Self

from common.money import CENT, LIMIT

FICHE = "lpp_fiche_tot"
HISTORY = "lpp_histo_tot"
FICHE_COLUMNS = ("CODE_TIPS", "NOM_COURT")
HISTORY_COLUMNS = ("CODE_TIPS", "DEBUTVALID", "FINHISTO", "NAT_PREST", "PUREGLEMEN")

Row = tuple[int, Sequence[str]]
"""A record's number in its table, and the text of the columns above."""


class ImportRefused(Exception):
    """The file as a whole cannot be imported; the message says why."""


class ImportStatus(StrEnum):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


class RefusalReason(StrEnum):
    CODE = "CODE"
    DATE = "DATE"
    PERIOD = "PERIOD"
    CATEGORY = "CATEGORY"
    AMOUNT = "AMOUNT"
    LABEL = "LABEL"
    OVERLAP = "OVERLAP"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was left out; `code` as the row has it, as far as it can be shown."""

    table: str
    row: int
    code: str
    reason: RefusalReason

    @classmethod
    def of(cls, table: str, row: int, code: str, reason: RefusalReason) -> Self:
        """A refusal whose code is fit to keep."""
        return cls(table, row, "".join(filter(str.isprintable, code))[:20], reason)


class _Bad(Exception):
    def __init__(self, reason: RefusalReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Validity:
    """A code with its ceiling for a period, both ends included; `label` is None where the file tells none."""

    code: str
    label: str | None
    category: str
    max_price: Decimal | None
    valid_from: date
    valid_until: date | None
    row: int = field(default=0, compare=False)

    def overlaps(self, other: "Validity") -> bool:
        """Whether the two share a day."""
        return self.valid_from <= (other.valid_until or date.max) and other.valid_from <= (self.valid_until or date.max)


@dataclass(slots=True)
class Export:
    """What a file says: the validities of each code by their first day, labels by code, and the rows left out."""

    validities: dict[str, list[Validity]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    rows: int = 0

    @property
    def codes(self) -> list[str]:
        """Every code it says something of, sorted."""
        return sorted(self.validities.keys() | self.labels.keys())


def read_fiches(rows: Iterable[Row], into: Export) -> None:
    """Take the label of each code."""
    for number, (code, label) in rows:
        into.rows += 1
        if not _is_code(code):
            into.refusals.append(Refusal.of(FICHE, number, code, RefusalReason.CODE))
        elif not label or not label.isprintable():
            into.refusals.append(Refusal.of(FICHE, number, code, RefusalReason.LABEL))
        else:
            into.labels[code] = label


def read_history(rows: Iterable[Row], into: Export) -> None:
    """Take the validities of each code; of two that overlap, the one that stands first in the file."""
    for number, columns in rows:
        into.rows += 1
        try:
            found = _validity(number, columns, into.labels)
        except _Bad as bad:
            into.refusals.append(Refusal.of(HISTORY, number, columns[0], bad.reason))
            continue
        earlier = into.validities.setdefault(found.code, [])
        if any(found.overlaps(other) for other in earlier):
            into.refusals.append(Refusal.of(HISTORY, number, found.code, RefusalReason.OVERLAP))
        else:
            earlier.append(found)


def _validity(number: int, columns: Sequence[str], labels: Mapping[str, str]) -> Validity:
    code, first, last, category, price = columns
    if not _is_code(code):
        raise _Bad(RefusalReason.CODE)
    valid_from, valid_until = _day(first), _day(last)
    if valid_from is None:
        raise _Bad(RefusalReason.DATE)
    if valid_until is not None and valid_until < valid_from:
        raise _Bad(RefusalReason.PERIOD)
    if not category or not category.isprintable():
        raise _Bad(RefusalReason.CATEGORY)
    return Validity(code, labels.get(code), category, _ceiling(price), valid_from, valid_until, number)


def _is_code(text: str) -> bool:
    return len(text) == 7 and text.isascii() and text.isdigit()


def _day(text: str) -> date | None:
    """YYYYMMDD; None for nothing."""
    if not text:
        return None
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        raise _Bad(RefusalReason.DATE)
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise _Bad(RefusalReason.DATE) from error


def _ceiling(text: str) -> Decimal | None:
    """The regulated price in EUR; nothing and zero both say that there is none."""
    try:
        amount = Decimal(text or "0")
    except InvalidOperation as error:
        raise _Bad(RefusalReason.AMOUNT) from error
    if not amount.is_finite() or not 0 <= amount <= LIMIT or amount != amount.quantize(CENT):
        raise _Bad(RefusalReason.AMOUNT)
    return amount.quantize(CENT) if amount else None


@dataclass(slots=True)
class Plan:
    """What to do for one or more codes."""

    create: list[Validity] = field(default_factory=list)
    update: list[Validity] = field(default_factory=list)
    relabel: dict[str, str] = field(default_factory=dict)
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)


def plan(export: Export, code: str, present: Sequence[Validity], into: Plan) -> None:
    """Compare a code's validities in the catalogue with the export's, by their first day.

    What the catalogue has and the export has not stays: it was put there by hand, and a row that overlaps it is left
    out. A code new to the catalogue needs a label.
    """
    label = export.labels.get(code) or (present[-1].label if present else None)
    by_start = {validity.valid_from: validity for validity in present}
    wanted = {validity.valid_from: validity for validity in export.validities.get(code, ())}
    kept = [validity for start, validity in by_start.items() if start not in wanted]
    for start, validity in wanted.items():
        if label is None:
            into.refusals.append(Refusal.of(HISTORY, validity.row, code, RefusalReason.LABEL))
        elif any(validity.overlaps(other) for other in kept):
            into.refusals.append(Refusal.of(HISTORY, validity.row, code, RefusalReason.OVERLAP))
        elif start not in by_start:
            into.create.append(replace(validity, label=label))
        elif by_start[start] != replace(validity, label=label):
            into.update.append(replace(validity, label=label))
        else:
            into.unchanged += 1
    if label is not None and any(validity.label != label for validity in kept):
        into.relabel[code] = label
