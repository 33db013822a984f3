"""Tables of patients' profiles (section PatientProfile) and of who has to do with them."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from common.db import Versioned, enum_column
from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from identity.tables import Base


class ContactPreference(StrEnum):
    EMAIL = "EMAIL"
    SMS = "SMS"
    PHONE = "PHONE"


class RelationKind(StrEnum):
    """Why somebody is concerned with a patient."""

    PRESCRIPTION = "PRESCRIPTION"
    TICKET = "TICKET"


class PatientProfile(Versioned, Base):
    __tablename__ = "patient_profiles"
    __table_args__ = (
        Index(
            "ix_patient_profiles_search_name_trigrams",
            "search_name",
            postgresql_using="gin",
            postgresql_ops={"search_name": "gin_trgm_ops"},
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), unique=True)
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100), index=True)
    search_name: Mapped[str] = mapped_column(String(250))
    """Both names without accents and case, for the fuzzy search."""
    date_of_birth: Mapped[date] = mapped_column(index=True)
    nir: Mapped[str | None]
    """Encrypted."""
    nir_index: Mapped[str | None] = mapped_column(String(64), index=True)
    """Blind index of `nir`."""
    carte_vitale_number: Mapped[str | None]
    """Encrypted."""
    address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    mutuelle: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    contact_preference: Mapped[ContactPreference] = mapped_column(enum_column(ContactPreference))
    emergency_contact: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class PatientRelation(Base):
    """The prescriber of a prescription, or the technician of a ticket, as the latest event told."""

    __tablename__ = "patient_relations"

    kind: Mapped[RelationKind] = mapped_column(enum_column(RelationKind), primary_key=True)
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    source_version: Mapped[int] = mapped_column(Integer)
    patient_id: Mapped[UUID] = mapped_column(index=True)
    member_id: Mapped[UUID] = mapped_column(index=True)
    """A prescriber's profile id, or a technician's user id."""
