"""Use cases of a patient's rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from common import audit
from common.auth import Actor
from common.contracts.enums import UserStatus
from common.contracts.identity import PatientErasedV1
from common.errors import Conflict, Detail, NotFound
from common.events import outbox
from common.http.client import ServiceClient
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import repository as accounts
from identity.accounts.models import User
from identity.accounts.schemas import UserBody
from identity.accounts.service import set_status
from identity.consents import repository as consents
from identity.consents import service as consents_service
from identity.consents.schemas import ConsentBody
from identity.patients import repository as patients
from identity.patients import service as patients_service
from identity.patients.models import ContactPreference, PatientProfile
from identity.proxies import repository as proxies
from identity.proxies import service as proxies_service
from identity.proxies.schemas import ProxyBody
from identity.resources import IdentityResources
from identity.rights import policies, repository
from identity.rights.domain import ALWAYS_KEPT, Duty, Kept, duties, traced, under_way
from identity.rights.gathering import SERVICES_TOTAL, Subject
from identity.rights.models import Export
from identity.rights.neighbours import Caller, NotReadable, unavailable
from identity.sessions import endings, throttle
from identity.sessions.models import SessionEnd
from identity.sessions.schemas import SessionBody

ERASED = "Effacé"
_NO_BIRTH_DATE = date(1900, 1, 1)


_PRESCRIBED = "A prescription was submitted with it"
_NOT_HELD = ("notes on cases", "conversations with the assistant", "places of devices", "addresses written to")
"""What the other services let go of on `patient.erased`, whatever else they keep."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the other services said before an erasure."""

    kept: list[Kept]
    erased: list[str]
    kept_document_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """An export that has begun: what identity itself holds, as JSON by part."""

    export_id: UUID
    subject: Subject
    own: dict[str, Any]


async def visible(session: AsyncSession, actor: Actor, patient_id: UUID) -> PatientProfile:
    """The patient whose rights the actor may use; `NotFound`, `Forbidden`."""
    profile = await patients.patient(session, actor, patient_id)
    if profile is None:
        raise NotFound("Patient")
    policies.may_use_rights(actor, patient_id)
    return profile


async def check(resources: IdentityResources, actor: Actor, patient_id: UUID) -> Subject:
    """As `visible`, in a session of its own: nothing is held while other services are asked."""
    async with resources.database.session() as session:
        profile = await visible(session, actor, patient_id)
        return Subject(profile.id, profile.user_id)


async def begin_export(resources: IdentityResources, session: AsyncSession, actor: Actor, patient_id: UUID) -> Begun:
    """Note an export, and read what identity itself holds. Goes on record."""
    profile = await visible(session, actor, patient_id)
    own = await _own_part(resources, session, actor, profile)
    export = Export(
        id=new_id(),
        patient_id=patient_id,
        requested_by=actor.user_id,
        services_done=1,
        services_total=SERVICES_TOTAL,
        parts=[],
    )
    session.add(export)
    audit.record(session, "identity", "patient.export", "PatientProfile", patient_id)
    return Begun(export.id, Subject(profile.id, profile.user_id), own)


async def list_exports(
    session: AsyncSession, actor: Actor, patient_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[Export]:
    """A page of a patient's exports; `NotFound`, `Forbidden`."""
    await visible(session, actor, patient_id)
    return await repository.exports_of(session, patient_id, cursor, limit)


async def read_export(session: AsyncSession, actor: Actor, patient_id: UUID, export_id: UUID) -> Export:
    """How far an export is; `NotFound`, `Forbidden`."""
    await visible(session, actor, patient_id)
    export = await repository.export_of(session, patient_id, export_id)
    if export is None:
        raise NotFound("Export")
    return export


async def _own_part(
    resources: IdentityResources, session: AsyncSession, actor: Actor, profile: PatientProfile
) -> dict[str, Any]:
    user = await accounts.user(session, profile.user_id)
    if user is None:
        raise NotFound("Patient")
    held = await repository.sessions_of(session, user.id)
    given = await repository.consents_of(session, profile.id)
    acting = await repository.proxies_of(session, profile.id)
    return {
        "profile": _json(patients_service.shown_to(resources, actor, profile)),
        "account": _json(UserBody.model_validate(user)),
        "consents": [_json(ConsentBody.model_validate(one)) for one in given],
        "proxies": [_json(ProxyBody.model_validate(one)) for one in acting],
        "sessions": [_json(_session_body(one, actor)) for one in held],
    }


def _json(body: Any) -> Any:
    return body.model_dump(mode="json", by_alias=True)


def _session_body(held: Any, actor: Actor) -> SessionBody:
    shown = {name: getattr(held, name) for name in SessionBody.model_fields if name != "current"}
    return SessionBody.model_validate({**shown, "current": held.id == actor.session_id})


async def standing(caller: Caller, services: ServiceClient, subject: Subject) -> Standing:
    """Ask the other services what stands in the way of an erasure, and what is kept by law. `Conflict` while a case is
    under way, `Unavailable` when a service cannot be asked."""
    narrowed = {"patientId": str(subject.patient_id)}
    try:
        cases = await caller.items("cases", "/cases", **narrowed)
        if found := under_way(cases):
            details = [
                Detail("caseId", "CASE_UNDER_WAY", f"{case['caseNumber']} is {case['status']}") for case in found
            ]
            raise Conflict("A case is under way: it is ended first", code="BIZ_ERASURE_REFUSED", details=details)
        prescriptions = await caller.items("cases", "/prescriptions", **narrowed)
        devices = await caller.items("devices", "/devices", **narrowed)
    except NotReadable as error:
        raise unavailable(error) from error
    query = {"userId": str(subject.user_id)}
    documents = await services.get("documents", f"/patients/{subject.patient_id}/documents", **query) or []
    prescribed = {prescription["documentId"] for prescription in prescriptions}
    held = {one["id"]: one["keptBecause"] or _PRESCRIBED for one in documents if _is_held(one, prescribed)}
    return Standing(
        kept=[
            *duties(prescriptions, cases),
            *traced(devices),
            *(Kept(f"document {key}", Duty.DOCUMENT, reason) for key, reason in held.items()),
        ],
        erased=[f"document {one['id']}" for one in documents if one["id"] not in held],
        kept_document_ids=tuple(UUID(key) for key in held),
    )


def _is_held(document: dict[str, Any], prescribed: set[str]) -> bool:
    return document["keptBecause"] is not None or document["id"] in prescribed


async def erase(
    resources: IdentityResources, session: AsyncSession, actor: Actor, patient_id: UUID, found: Standing
) -> Standing:
    """Close the account and erase what no law keeps; where there is a duty, name, birth date, NIR and address stay with
    the records that name them. `NotFound`, `Forbidden`."""
    profile = await visible(session, actor, patient_id)
    user = await accounts.user(session, profile.user_id, lock=True)
    if user is None:
        raise NotFound("Patient")
    erased = ["account", "contacts", "sessions", "trusted devices", *_NOT_HELD, *found.erased]
    await _close_account(resources, session, user)
    await _end_relations(session, profile)
    profile.carte_vitale_number = profile.mutuelle = profile.emergency_contact = None
    profile.contact_preference = ContactPreference.EMAIL
    if not any(one.what == "identity" for one in found.kept):
        profile.first_name = profile.last_name = ERASED
        profile.search_name = ""
        profile.date_of_birth = _NO_BIRTH_DATE
        profile.nir = profile.nir_index = profile.address = None
        erased.append("identity")
    event = PatientErasedV1(patient_id=patient_id, user_id=user.id, kept_document_ids=found.kept_document_ids)
    outbox.record(session, event, of=profile)
    changes = audit.changed({}, {"erased": ", ".join(erased), "kept": ", ".join(one.what for one in found.kept)})
    audit.record(session, "identity", "patient.erase", "PatientProfile", patient_id, changes)
    return Standing([*found.kept, *ALWAYS_KEPT], erased)


async def _close_account(resources: IdentityResources, session: AsyncSession, user: User) -> None:
    await throttle.clear(session, throttle.address_of(user.email, resources.blind_index))
    await endings.end_all(session, user.id, SessionEnd.ACCOUNT_SUSPENDED)
    await session.flush()
    await repository.forget_logins(session, user.id)
    user.email, user.phone = f"{user.id}@erased.invalid", None
    user.password_hash = user.mfa_secret = user.mfa_pending_secret = None
    user.mfa_enabled = user.phone_verified = False
    if user.status is not UserStatus.DELETED:
        set_status(session, user, UserStatus.DELETED)


async def _end_relations(session: AsyncSession, profile: PatientProfile) -> None:
    for one in await repository.consents_of(session, profile.id):
        if one.withdrawn_at is None:
            locked = await consents.consent(session, one.id)
            if locked is not None and locked.withdrawn_at is None:
                consents_service.end(session, locked, "consent.withdraw")
    for proxy_id in await repository.active_proxies(session, profile.id, profile.user_id):
        proxy = await proxies.proxy(session, proxy_id)
        if proxy is not None:
            proxies_service.end_if_active(session, proxy)
