"""Rules of erasure: what stands in its way, and what the law has kept (specification, section 8.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

NOT_CLEAN = "NOT_CLEAN"
"""Of a document whose content is given to nobody."""
_OVER = frozenset({"CLOSED", "CANCELLED"})
_YEARS = 10


class Duty(StrEnum):
    """Why something is kept."""

    PRESCRIPTIONS = "PRESCRIPTIONS_10_YEARS"
    FINANCIAL_RECORDS = "FINANCIAL_RECORDS_10_YEARS"
    PROOF_OF_CONSENT = "PROOF_OF_CONSENT"
    AUDIT_LOG = "AUDIT_LOG_5_YEARS"
    DEVICES = "DEVICES_TRACED_10_YEARS"
    DOCUMENT = "DOCUMENT_RETENTION"


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays, why, and until when; None where the end is not known yet."""

    what: str
    duty: Duty
    reason: str
    until: date | None = None


def under_way(cases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cases that must come to their end first."""
    return [case for case in cases if case["status"] not in _OVER]


def duties(prescriptions: Sequence[dict[str, Any]], cases: Sequence[dict[str, Any]]) -> list[Kept]:
    """What keeps the patient's identity: prescriptions and what was claimed for them name the person."""
    found = []
    if prescriptions:
        reason = "Prescriptions and the person they name are kept for ten years"
        found.append(Kept("identity", Duty.PRESCRIPTIONS, reason, _until(prescriptions)))
    if cases:
        reason = "Quotes, claims and payments and the person they name are kept for ten years"
        found.append(Kept("identity", Duty.FINANCIAL_RECORDS, reason, _until(cases)))
    return found


def traced(devices: Sequence[dict[str, Any]]) -> list[Kept]:
    """What keeps the link between a patient and the devices handed over: one may have to be called back."""
    if not devices:
        return []
    reason = "A medical device and who uses it are traced for ten years, its repairs and dangers with it"
    return [Kept("devices", Duty.DEVICES, reason, _until(devices, "deliveredAt"))]


def is_whole(statuses: Iterable[str]) -> bool:
    """Whether an export whose parts have these statuses left nothing out that can be had."""
    return all(status in {"OK", NOT_CLEAN} for status in statuses)


def _until(records: Sequence[dict[str, Any]], since: str = "createdAt") -> date:
    latest = max(datetime.fromisoformat(record[since]) for record in records).date()
    try:
        return latest.replace(year=latest.year + _YEARS)
    except ValueError:  # the 29th of February
        return latest.replace(year=latest.year + _YEARS, month=3, day=1)


ALWAYS_KEPT = (
    Kept(
        "consents", Duty.PROOF_OF_CONSENT, "That consent was given and withdrawn has to be provable (RGPD, article 7)"
    ),
    Kept("auditLog", Duty.AUDIT_LOG, "Who did what is kept for five years; it names nobody"),
)
