"""Use cases of patients' profiles."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common import audit
from common.auth import Actor
from common.contracts.identity import PatientUpdatedV1
from common.crypto import Cell
from common.errors import NotFound
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from identity.emergencies import repository as emergencies
from identity.patients import policies, repository
from identity.patients.models import PatientProfile
from identity.patients.schemas import Address, NewPatient, PatientBody, PatientChanges, PatientLookup, PatientSearch
from identity.resources import IdentityResources
from identity.security.types import masked_nir, searchable

_ENCRYPTED = ("nir", "carte_vitale_number")


async def create(
    resources: IdentityResources, session: AsyncSession, user_id: UUID, given: NewPatient
) -> PatientProfile:
    """The profile of a new account."""
    profile = PatientProfile(id=new_id(), user_id=user_id)
    _assign(resources, profile, given.model_dump(mode="json") | {"date_of_birth": given.date_of_birth})
    session.add(profile)
    await session.flush()
    audit.record(session, "identity", "patient.create", "PatientProfile", profile.id)
    return profile


def _assign(resources: IdentityResources, profile: PatientProfile, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name in _ENCRYPTED and value is not None:
            sealed = resources.cipher.encrypt(value, Cell("patient_profiles", name, profile.id))
            setattr(profile, name, sealed)
        else:
            setattr(profile, name, value)
    if "nir" in values:
        profile.nir_index = _nir_index(resources, values["nir"]) if values["nir"] else None
    profile.search_name = searchable(profile.first_name, profile.last_name)[:250]


def _nir_index(resources: IdentityResources, nir: str) -> str:
    return resources.blind_index.of("patient_profiles.nir", nir)


def clear(resources: IdentityResources, profile: PatientProfile, column: str) -> str | None:
    """An encrypted column's value."""
    sealed: str | None = getattr(profile, column)
    return resources.cipher.decrypt(sealed, Cell("patient_profiles", column, profile.id)) if sealed else None


def address_of(profile: PatientProfile) -> Address | None:
    """The address as it is stored."""
    return Address.model_validate(profile.address) if profile.address else None


def shown_to(resources: IdentityResources, actor: Actor, profile: PatientProfile) -> PatientBody:
    """A profile as the actor may see it."""
    numbers = {column: clear(resources, profile, column) for column in _ENCRYPTED}
    if not policies.sees_numbers(actor, profile):
        numbers = {column: masked_nir(value) if value else None for column, value in numbers.items()}
    plain = {name: getattr(profile, name) for name in PatientBody.model_fields if name not in _ENCRYPTED}
    return PatientBody.model_validate({**plain, **numbers})


async def read(session: AsyncSession, actor: Actor, patient_id: UUID) -> PatientProfile:
    """One profile; `NotFound` when the actor may not know of it. Reads by others than the patient go on record."""
    profile = await repository.patient(session, actor, patient_id)
    if profile is None:
        raise await _hidden(session, patient_id)
    if not policies.is_own(actor, profile):
        grant = await emergencies.grant_in_force(session, actor.user_id, patient_id)
        changes = {"breakGlass": {"before": None, "after": str(grant)}} if grant else None
        audit.record(session, "identity", "patient.read", "PatientProfile", profile.id, changes)
    return profile


async def _hidden(session: AsyncSession, patient_id: UUID) -> NotFound:
    """The error for a patient the actor may not know of; the attempt goes on record where there is such a patient."""
    missing = NotFound("Patient")
    if await repository.any_patient(session, patient_id) is None:
        return missing
    audit.record(session, "identity", "patient.access-denied", "PatientProfile", patient_id)
    return missing.keeping()


async def list_patients(
    session: AsyncSession, actor: Actor, cursor: UUID | None, limit: int
) -> Sequence[PatientProfile]:
    """A page of the profiles the actor may know of, and one more where another page follows."""
    if actor.is_staff:
        audit.record(session, "identity", "patient.list", "PatientProfile", actor.user_id)
    return await repository.patients(session, actor, cursor, limit)


async def search(
    resources: IdentityResources, session: AsyncSession, actor: Actor, wanted: PatientSearch, limit: int
) -> Sequence[PatientProfile]:
    """The best matches among the profiles the actor may know of, best first."""
    audit.record(session, "identity", "patient.search", "PatientProfile", actor.user_id)
    return await repository.search(
        session,
        actor,
        q=wanted.q,
        nir_index=_nir_index(resources, wanted.nir) if wanted.nir else None,
        date_of_birth=wanted.date_of_birth,
        limit=limit,
    )


async def look_up(resources: IdentityResources, session: AsyncSession, actor: Actor, wanted: PatientLookup) -> UUID:
    """The patient with exactly this NIR and date of birth, for a prescriber; `NotFound`. Each try goes on record."""
    policies.may_look_up(actor)
    found = await repository.by_numbers(session, _nir_index(resources, wanted.nir), wanted.date_of_birth)
    if found is None:
        audit.record(session, "identity", "patient.lookup-failed", "User", actor.user_id)
        raise NotFound("Patient").keeping()
    audit.record(session, "identity", "patient.lookup", "PatientProfile", found)
    return found


async def to_change(session: AsyncSession, actor: Actor, patient_id: UUID) -> PatientProfile:
    """A profile the actor may change, locked; `NotFound`, `Forbidden`."""
    profile = await repository.patient(session, actor, patient_id, lock=True)
    if profile is None:
        raise await _hidden(session, patient_id)
    policies.may_change(actor, profile)
    return profile


async def change(
    resources: IdentityResources,
    session: AsyncSession,
    actor: Actor,
    profile: PatientProfile,
    changes: PatientChanges,
) -> None:
    """Apply what `changes` sets."""
    before = shown_to(resources, actor, profile).model_dump(mode="json", by_alias=True)
    given = changes.model_dump(mode="json", by_alias=True, exclude_unset=True)
    values = changes.model_dump(mode="json", exclude_unset=True)
    if changes.date_of_birth is not None:
        values["date_of_birth"] = changes.date_of_birth
    _assign(resources, profile, values)
    changed = audit.changed({name: before[name] for name in given}, given)
    if changed:
        outbox.record(session, PatientUpdatedV1(patient_id=profile.id), of=profile)
        audit.record(session, "identity", "patient.update", "PatientProfile", profile.id, changed)
