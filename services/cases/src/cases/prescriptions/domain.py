"""Rules about prescriptions."""

from datetime import date
from enum import StrEnum


class VerificationStatus(StrEnum):
    PENDING = "PENDING"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"


def is_expired(expiration_date: date | None, today: date) -> bool:
    """Whether its last day, which still counts, is over. Without one it never expires."""
    return expiration_date is not None and expiration_date < today
