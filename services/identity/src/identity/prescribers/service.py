"""Use cases of prescribers' profiles."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common import audit
from common.auth import Actor
from common.errors import NotFound
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from identity.prescribers import policies, repository
from identity.prescribers.models import PrescriberProfile
from identity.prescribers.schemas import NewPrescriber, PrescriberChanges
from identity.security.types import searchable


async def create(session: AsyncSession, user_id: UUID, given: NewPrescriber) -> PrescriberProfile:
    """The profile of a new account."""
    profile = PrescriberProfile(id=new_id(), user_id=user_id)
    _assign(profile, given.model_dump(mode="json"))
    session.add(profile)
    await session.flush()
    audit.record(session, "identity", "prescriber.create", "PrescriberProfile", profile.id)
    return profile


def _assign(profile: PrescriberProfile, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(profile, name, value)
    profile.search_name = searchable(profile.first_name, profile.last_name, profile.practice_name or "")[:450]


async def read(session: AsyncSession, prescriber_id: UUID) -> PrescriberProfile:
    """One profile; `NotFound`."""
    profile = await repository.prescriber(session, prescriber_id)
    if profile is None:
        raise NotFound("Prescriber")
    return profile


async def find(session: AsyncSession, q: str | None, cursor: UUID | None, limit: int) -> Sequence[PrescriberProfile]:
    """The best matches of `q`, or a page of all and one more where another page follows."""
    if q is not None:
        return await repository.search(session, q, limit)
    return await repository.prescribers(session, cursor, limit)


async def to_change(session: AsyncSession, actor: Actor, prescriber_id: UUID) -> PrescriberProfile:
    """A profile the actor may change, locked; `NotFound`, `Forbidden`."""
    profile = await repository.prescriber(session, prescriber_id, lock=True)
    if profile is None:
        raise NotFound("Prescriber")
    policies.may_change(actor, profile)
    return profile


async def change(session: AsyncSession, profile: PrescriberProfile, changes: PrescriberChanges) -> None:
    """Apply what `changes` sets."""
    values = changes.model_dump(mode="json", exclude_unset=True)
    given = changes.model_dump(mode="json", exclude_unset=True, by_alias=True)
    before = {alias: getattr(profile, name) for alias, name in zip(given, values, strict=True)}
    _assign(profile, values)
    await session.flush()
    if changed := audit.changed(before, given):
        audit.record(session, "identity", "prescriber.update", "PrescriberProfile", profile.id, changed)
