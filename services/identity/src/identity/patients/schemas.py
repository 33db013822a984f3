"""HTTP bodies of patients' profiles."""

import math
from datetime import date
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from common.clock import today
from common.http import Changes, Schema, UtcDateTime
from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from identity.patients.models import ContactPreference
from identity.security.types import Line, Name, Nir, plain_text


def _birth_date(value: date) -> date:
    if not date(1900, 1, 1) <= value <= today():
        raise ValueError("not a date of birth")
    return value


def _compact(value: str) -> str:
    return value.replace(" ", "").replace(".", "")


BirthDate = Annotated[date, AfterValidator(_birth_date)]
CarteVitale = Annotated[str, Field(pattern=r"^[0-9A-Z]([ .]?[0-9A-Z]){7,29}$"), AfterValidator(_compact)]
PostalCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z -]{2,12}$")]


class Address(Schema):
    line1: Line
    line2: Line | None = None
    postal_code: PostalCode
    city: Line
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166")] = "FR"


def _simple(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > 300:
            raise ValueError("at most 300 characters")
        return plain_text(value)
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise ValueError("a text, a number, true, false or null")


_Simple = Annotated[
    Any,
    AfterValidator(_simple),
    WithJsonSchema({"type": ["string", "number", "boolean", "null"], "maxLength": 300}),
]
FreeObject = Annotated[
    dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,49}$")], _Simple], Field(max_length=20)
]
"""An object whose shape the specification leaves open: up to 20 simple values by name."""


class NewPatient(Schema):
    first_name: Name
    last_name: Name
    date_of_birth: BirthDate
    nir: Nir | None = None
    carte_vitale_number: CarteVitale | None = None
    address: Address | None = None
    mutuelle: FreeObject | None = None
    contact_preference: ContactPreference = ContactPreference.EMAIL
    emergency_contact: FreeObject | None = None


class PatientChanges(Changes):
    nullable: ClassVar[frozenset[str]] = frozenset(
        {"nir", "carte_vitale_number", "address", "mutuelle", "emergency_contact"}
    )

    first_name: Name | None = None
    last_name: Name | None = None
    date_of_birth: BirthDate | None = None
    nir: Nir | None = None
    carte_vitale_number: CarteVitale | None = None
    address: Address | None = None
    mutuelle: FreeObject | None = None
    contact_preference: ContactPreference | None = None
    emergency_contact: FreeObject | None = None


class PatientBody(Schema):
    """`nir` and `carteVitaleNumber` are masked but for their last four characters unless the reader needs them."""

    id: UUID
    user_id: UUID
    first_name: str
    last_name: str
    date_of_birth: date
    nir: str | None
    carte_vitale_number: str | None
    address: Address | None
    mutuelle: FreeObject | None
    contact_preference: ContactPreference
    emergency_contact: FreeObject | None
    created_at: UtcDateTime
    updated_at: UtcDateTime


class PatientSearch(Schema):
    """At least one of the three; together they narrow the search."""

    q: Annotated[str | None, Field(min_length=2, max_length=200), AfterValidator(lambda v: v and plain_text(v))] = None
    nir: Nir | None = None
    date_of_birth: BirthDate | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.q is None and self.nir is None and self.date_of_birth is None:
            raise ValueError("give a name, a social security number or a date of birth")
        return self


class PatientLookup(Schema):
    nir: Nir
    date_of_birth: BirthDate


class FoundPatient(Schema):
    patient_id: UUID
