"""What may be read off a document's text: proposals for a person to confirm, each with its confidence from 0 to 1.

Nothing here decides anything. A rule that finds nothing stays silent; one that is unsure says so by its confidence.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from common.contracts.enums import DocumentType

MAX_TEXT_CHARS: Final = 100_000
_LOOK_BACK = 40


class Field(StrEnum):
    """What is looked for; the values are the names staff see."""

    DOCUMENT_DATE = "documentDate"
    DATE_OF_BIRTH = "dateOfBirth"
    RPPS_NUMBER = "rppsNumber"
    PRESCRIBER_NAME = "prescriberName"
    PATIENT_NAME = "patientName"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Dates are ISO, numbers bare digits, names as they stand."""

    field: Field
    value: str
    confidence: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


_MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, start=1)} | {
    "fevrier": 2,
    "aout": 8,
    "decembre": 12,
}
_DATE = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:er)?"
    r"(?:\s*[/.-]\s*(?P<number>\d{1,2})\s*[/.-]\s*|\s+(?P<name>" + "|".join(_MONTH_NUMBERS) + r")\s+)"
    r"(?P<year>\d{4})(?!\d)",
    re.IGNORECASE,
)
_BORN = re.compile(r"n[ée]+(?:\(e\))?\s+le\s*:?\s*$|naissance\s*:?\s*(?:le\s*)?$", re.IGNORECASE)
_WRITTEN = re.compile(
    r"(?:,|\bfait[^.\n]{0,30}|\bdate\s*:?|\bprescrit[^.\n]{0,20}|\bdu)\s*(?:le\s*)?:?\s*$", re.IGNORECASE
)

_RPPS = re.compile(r"(?<![\d])(\d(?:[ \u00a0\u202f]?\d){10})(?![ \u00a0\u202f]?\d)")
_RPPS_LABEL = re.compile(r"RPPS\D{0,10}$", re.IGNORECASE)

_WORD = r"[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ÖØ-öø-ÿ’'-]+"
_NAME = rf"({_WORD}(?:[ \u00a0]{_WORD}){{1,3}})"
_PRESCRIBER = re.compile(rf"\b(?:Dr|Docteur|Pr|Professeur)\.?[ \u00a0]+{_NAME}")
_TITLE = r"(?:M\.|Mme|Mlle|Monsieur|Madame)[ \u00a0]+"
_PATIENT = re.compile(rf"\b(?:Patiente?|Nom(?: et prénom)?)[ \u00a0]*:[ \u00a0]*(?:{_TITLE})?{_NAME}")
_TITLED = re.compile(rf"\b{_TITLE}{_NAME}")


def proposals(text: str, document_type: DocumentType, today: date) -> list[Proposal]:
    """What `text` seems to say: for each field at most three values, the surest first."""
    text = text[:MAX_TEXT_CHARS]
    found = [*_dates(text, today), *_numbers(text), *_names(text, document_type)]
    best: dict[tuple[Field, str], Proposal] = {}
    for proposal in found:
        known = best.get((proposal.field, proposal.value))
        if known is None or known.confidence < proposal.confidence:
            best[proposal.field, proposal.value] = proposal
    kept: list[Proposal] = []
    for field in Field:
        of_field = [proposal for proposal in best.values() if proposal.field is field]
        kept += sorted(of_field, key=lambda proposal: -proposal.confidence)[:3]
    return kept


def _dates(text: str, today: date) -> Iterator[Proposal]:
    for match in _DATE.finditer(text):
        month = match["number"] or _MONTH_NUMBERS[match["name"].lower()]
        try:
            found = date(int(match["year"]), int(month), int(match["day"]))
        except ValueError:
            continue
        if not date(1900, 1, 1) <= found <= today:
            continue
        before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        if _BORN.search(before):
            yield Proposal(Field.DATE_OF_BIRTH, found.isoformat(), 0.9)
        else:
            yield Proposal(Field.DOCUMENT_DATE, found.isoformat(), 0.8 if _WRITTEN.search(before) else 0.4)


def _numbers(text: str) -> Iterator[Proposal]:
    for match in _RPPS.finditer(text):
        digits = re.sub(r"\D", "", match[1])
        if is_rpps(digits):
            labelled = _RPPS_LABEL.search(text[max(0, match.start() - _LOOK_BACK) : match.start()])
            yield Proposal(Field.RPPS_NUMBER, digits, 0.95 if labelled else 0.4)


def is_rpps(digits: str) -> bool:
    """Eleven digits, the last a Luhn key."""
    if len(digits) != 11 or not (digits.isascii() and digits.isdigit()):
        return False
    doubled = (int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _names(text: str, document_type: DocumentType) -> Iterator[Proposal]:
    sure = document_type is DocumentType.PRESCRIPTION
    for match in _PRESCRIBER.finditer(text):
        yield Proposal(Field.PRESCRIBER_NAME, match[1], 0.8 if sure else 0.4)
    for match in _PATIENT.finditer(text):
        yield Proposal(Field.PATIENT_NAME, match[1], 0.8)
    for match in _TITLED.finditer(text):
        yield Proposal(Field.PATIENT_NAME, match[1], 0.5)
