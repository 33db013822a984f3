"""Bodies of the internal API."""

from datetime import date
from typing import Annotated
from uuid import UUID

from common.contracts.enums import LinkPurpose, Role, UserStatus
from common.http import Schema, UtcDateTime
from pydantic import Field

from identity.accounts.models import Language
from identity.patients.models import ContactPreference
from identity.patients.schemas import Address

PROXY = "PROXY"
"""The role of a proxy among a patient's contacts."""


class Person(Schema):
    id: UUID
    role: Role
    status: UserStatus


class Contact(Schema):
    """How to reach somebody; `role` is theirs, or PROXY where they are reached for a patient."""

    user_id: UUID
    role: str
    email: str
    email_verified: bool
    phone: str | None
    phone_verified: bool
    first_name: str | None
    language: Language
    contact_preference: ContactPreference


class Contacts(Schema):
    recipients: list[Contact]


class WantedLink(Schema):
    purpose: LinkPurpose


class Link(Schema):
    url: str
    expires_at: UtcDateTime


class PhoneCode(Schema):
    code: str
    expires_at: UtcDateTime


class PatientFile(Schema):
    """What a claim needs of a patient; the NIR in clear."""

    id: UUID
    user_id: UUID
    first_name: str
    last_name: str
    date_of_birth: date
    nir: str | None
    address: Address | None


class AgeGroup(Schema):
    """All that a rule about children asks of an age."""

    under_16: bool


class NameSearch(Schema):
    q: Annotated[str, Field(min_length=1, max_length=200)]


class FoundPatients(Schema):
    patient_ids: list[UUID]


class Prescriber(Schema):
    id: UUID
    first_name: str
    last_name: str
    rpps_number: str | None
    adeli_number: str | None
    specialty: str | None
    practice_name: str | None
