"""HTTP bodies of a patient's rights."""

from datetime import date
from uuid import UUID

from common.http import Schema

from identity.rights.domain import Duty


class KeptBody(Schema):
    """`until` is the day after which it may go too."""

    what: str
    duty: Duty
    reason: str
    until: date | None


class Erasure(Schema):
    """What was erased or anonymised, and what stays by law."""

    patient_id: UUID
    erased: list[str]
    kept: list[KeptBody]
