"""HTTP bodies of a patient's rights."""

from datetime import date
from uuid import UUID

from common.http import Schema, UtcDateTime

from identity.rights.domain import Duty
from identity.rights.models import ExportState


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


class ExportPart(Schema):
    """One part of an export: `status` is OK, NOT_PERMITTED or UNAVAILABLE, `items` how many there are of it."""

    name: str
    service: str
    status: str
    items: int


class ExportBody(Schema):
    """How far an export is: `servicesDone` of `servicesTotal` services have been read."""

    id: UUID
    patient_id: UUID
    requested_by: UUID
    state: ExportState
    services_done: int
    services_total: int
    parts: list[ExportPart]
    created_at: UtcDateTime
    updated_at: UtcDateTime
    ended_at: UtcDateTime | None
