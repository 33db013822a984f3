"""HTTP bodies of prescribers' profiles."""

from typing import ClassVar
from uuid import UUID

from common.http import Changes, Schema, UtcDateTime

from identity.patients.schemas import Address
from identity.security.types import Adeli, Line, Name, Rpps


class NewPrescriber(Schema):
    first_name: Name
    last_name: Name
    rpps_number: Rpps | None = None
    adeli_number: Adeli | None = None
    specialty: Name | None = None
    practice_name: Line | None = None
    practice_address: Address | None = None


class PrescriberChanges(Changes):
    nullable: ClassVar[frozenset[str]] = frozenset(
        {"rpps_number", "adeli_number", "specialty", "practice_name", "practice_address"}
    )

    first_name: Name | None = None
    last_name: Name | None = None
    rpps_number: Rpps | None = None
    adeli_number: Adeli | None = None
    specialty: Name | None = None
    practice_name: Line | None = None
    practice_address: Address | None = None


class PrescriberBody(Schema):
    id: UUID
    user_id: UUID
    first_name: str
    last_name: str
    rpps_number: str | None
    adeli_number: str | None
    specialty: str | None
    practice_name: str | None
    practice_address: Address | None
    created_at: UtcDateTime
    updated_at: UtcDateTime
