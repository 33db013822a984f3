"""The duties to keep, as a table (section 8.3 of the specification, and the law where it asks for longer)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from common.contracts.enums import DocumentType


class Since(StrEnum):
    """What a duty counts from."""

    UPLOAD = "UPLOAD"
    LAST_ACTIVITY = "LAST_ACTIVITY"
    """The last thing that happened between the patient and us, which ends neither care nor relationship earlier."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Keep for `years` `since`; `source` says who asks for it."""

    years: int
    since: Since
    source: str

    def is_over(self, uploaded_at: datetime, last_activity: datetime | None, now: datetime) -> bool:
        """Whether a document need not be kept any longer."""
        start = uploaded_at if self.since is Since.UPLOAD else max(uploaded_at, last_activity or uploaded_at)
        return start <= self.cutoff(now)

    def cutoff(self, now: datetime) -> datetime:
        """What began before this is over; 29 February counts as the day before."""
        try:
            return now.replace(year=now.year - self.years)
        except ValueError:
            return now.replace(year=now.year - self.years, day=28)


_IDENTITY = Duty(5, Since.LAST_ACTIVITY, "section 8.3: duration of the relationship and 5 years")

DUTIES: Final[Mapping[DocumentType, Duty]] = {
    DocumentType.PRESCRIPTION: Duty(20, Since.LAST_ACTIVITY, "health records: 20 years after the last care"),
    DocumentType.OTHER: Duty(20, Since.LAST_ACTIVITY, "may be part of the health record"),
    DocumentType.QUOTE_PDF: Duty(10, Since.UPLOAD, "section 8.3: quotes and financial records"),
    DocumentType.DELIVERY_PROOF: Duty(10, Since.UPLOAD, "R.5212-37 CSP: traceability of devices"),
    DocumentType.ID_CARD: _IDENTITY,
    DocumentType.CARTE_VITALE: _IDENTITY,
    DocumentType.PROOF_OF_ADDRESS: _IDENTITY,
}

PURGED_AFTER: Final = timedelta(days=30)
"""How long the content of a deleted document can still be brought back."""

ABANDONED_AFTER: Final = timedelta(hours=24)
"""When an upload that was announced does not come any more: its link has long expired."""
