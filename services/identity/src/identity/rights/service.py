"""Use cases of a patient's rights."""

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
from identity.rights.domain import ALWAYS_KEPT, Duty, Kept, duties, under_way
from identity.rights.neighbours import Caller, NotReadable, unavailable
from identity.sessions import endings, throttle
from identity.sessions.models import SessionEnd
from identity.sessions.schemas import SessionBody

ERASED = "Effacé"
_NO_BIRTH_DATE = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the other services said before an erasure."""

    kept: list[Kept]
    erased: list[str]


async def visible(session: AsyncSession, actor: Actor, patient_id: UUID) -> PatientProfile:
    """The patient whose rights the actor may use; `NotFound`, `Forbidden`."""
    profile = await patients.patient(session, actor, patient_id)
    if profile is None:
        raise NotFound("Patient")
    policies.may_use_rights(actor, patient_id)
    return profile


async def check(resources: IdentityResources, actor: Actor, patient_id: UUID) -> None:
    """As `visible`, in a session of its own: nothing is held while other services are asked."""
    async with resources.database.session() as session:
        await visible(session, actor, patient_id)


async def own_part(
    resources: IdentityResources, session: AsyncSession, actor: Actor, patient_id: UUID
) -> dict[str, Any]:
    """What identity itself holds, as JSON by part. Goes on record."""
    profile = await visible(session, actor, patient_id)
    user = await accounts.user(session, profile.user_id)
    if user is None:
        raise NotFound("Patient")
    audit.record(session, "identity", "patient.export", "PatientProfile", patient_id)
    held = await repository.sessions_of(session, user.id)
    given = await repository.consents_of(session, patient_id)
    acting = await repository.proxies_of(session, patient_id)
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


async def standing(caller: Caller, patient_id: UUID) -> Standing:
    """Ask the other services what stands in the way of an erasure, and have the patient's documents deleted that no
    duty keeps. `Conflict` while a case is under way, `Unavailable` when a service cannot be asked."""
    narrowed = {"patientId": str(patient_id)}
    try:
        cases = await caller.items("cases", "/cases", **narrowed)
        if found := under_way(cases):
            details = [
                Detail("caseId", "CASE_UNDER_WAY", f"{case['caseNumber']} is {case['status']}") for case in found
            ]
            raise Conflict("A case is under way: it is ended first", code="BIZ_ERASURE_REFUSED", details=details)
        kept = duties(await caller.items("cases", "/prescriptions", **narrowed), cases)
        erased = []
        for document in await caller.items("documents", "/documents", **narrowed):
            answer = await caller.delete("documents", f"/documents/{document['id']}")
            if answer.is_success:
                erased.append(f"document {document['id']}")
            elif answer.status_code != 404:
                reason = str(answer.json()["error"]["message"])
                kept.append(Kept(f"document {document['id']}", Duty.DOCUMENT, reason))
    except NotReadable as error:
        raise unavailable(error) from error
    return Standing(kept, erased)


async def erase(
    resources: IdentityResources, session: AsyncSession, actor: Actor, patient_id: UUID, found: Standing
) -> Standing:
    """Close the account and erase what no law keeps; where there is a duty, name, birth date, NIR and address stay with
    the records that name them. `NotFound`, `Forbidden`."""
    profile = await visible(session, actor, patient_id)
    user = await accounts.user(session, profile.user_id, lock=True)
    if user is None:
        raise NotFound("Patient")
    erased = ["account", "contacts", "sessions", "trusted devices", *found.erased]
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
    outbox.record(session, PatientErasedV1(patient_id=patient_id, user_id=user.id), of=profile)
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
