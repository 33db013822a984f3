"""Use cases of proxies."""

from collections.abc import Sequence
from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.enums import UserStatus
from common.contracts.identity import ProxyGrantedV1, ProxyRevokedV1
from common.db.constraints import flush_or_refuse
from common.errors import AppError, BrokenRule, Conflict, Detail, NotFound
from common.events import outbox
from common.http.client import ServiceClient
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import repository as accounts
from identity.patients import repository as patients
from identity.patients.models import PatientProfile
from identity.proxies import policies, repository
from identity.proxies.domain import DelegationProblem, SignedDelegation, problem_with
from identity.proxies.models import ProxyRelationship, ProxyStatus
from identity.proxies.schemas import NewProxy
from identity.sessions import endings

_REFUSALS = {
    "uq_proxy_relationships_active": Conflict("This user is a proxy of the patient already", code="BIZ_PROXY_EXISTS")
}
_EXPIRED_AT_ONCE = 500


async def fetch_delegation(services: ServiceClient, document_id: UUID) -> SignedDelegation | None:
    """The document that the patient signed, None for an unknown one. To be called before the first query."""
    found = await services.get("documents", f"/documents/{document_id}")
    return None if found is None else SignedDelegation.model_validate(found)


async def grant(
    session: AsyncSession, actor: Actor, patient_id: UUID, given: NewProxy, delegation: SignedDelegation | None
) -> ProxyRelationship:
    """Let a user act for a patient; it shows in the user's tokens from their next refresh. `NotFound`, `Forbidden`,
    `BrokenRule` for an unsuitable user or document, `Conflict` when the user is a proxy already."""
    patient = await patients.patient(session, actor, patient_id)
    if patient is None:
        raise NotFound("Patient")
    policies.may_decide(actor, patient)
    _require_delegation(patient, delegation)
    await _require_suitable(session, patient, given.proxy_user_id)
    proxy = ProxyRelationship(id=new_id(), patient_id=patient_id, status=ProxyStatus.ACTIVE, **given.model_dump())
    session.add(proxy)
    await flush_or_refuse(session, _REFUSALS)
    event = ProxyGrantedV1(
        proxy_id=proxy.id,
        patient_id=patient_id,
        proxy_user_id=proxy.proxy_user_id,
        valid_from=proxy.valid_from,
        valid_until=proxy.valid_until,
    )
    outbox.record(session, event, of=proxy)
    changes = audit.changed({}, given.model_dump(mode="json", by_alias=True, exclude_none=True))
    audit.record(session, "identity", "proxy.grant", "ProxyRelationship", proxy.id, changes)
    return proxy


def _require_delegation(patient: PatientProfile, delegation: SignedDelegation | None) -> None:
    problem = problem_with(delegation, patient.id, patient.user_id)
    if problem is DelegationProblem.UNKNOWN:
        raise _unsuitable("consentDocumentId", "UNKNOWN", "no such document of this patient")
    if problem is DelegationProblem.NOT_CLEAN:
        raise Conflict("The signed consent has not been found clean by the scan", code="DOC_NOT_CLEAN")


async def _require_suitable(session: AsyncSession, patient: PatientProfile, user_id: UUID) -> None:
    if user_id == patient.user_id:
        raise _unsuitable("proxyUserId", "SELF", "patients are not their own proxies")
    user = await accounts.user(session, user_id)
    if user is None or user.status is not UserStatus.ACTIVE:
        raise _unsuitable("proxyUserId", "UNKNOWN", "no active account")


def _unsuitable(field: str, code: str, message: str) -> AppError:
    detail = Detail(field, code, message)
    return BrokenRule("This cannot make a proxy", code="BIZ_PROXY_UNSUITABLE", details=[detail])


async def list_proxies(
    session: AsyncSession, actor: Actor, patient_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[ProxyRelationship]:
    """A page of a patient's proxies, past ones included, and one more where another page follows."""
    patient = await patients.patient(session, actor, patient_id)
    if patient is None:
        raise NotFound("Patient")
    policies.may_read(actor, patient)
    if actor.is_staff:
        audit.record(session, "identity", "proxy.list", "PatientProfile", patient_id)
    return await repository.proxies_of(session, patient_id, cursor, limit)


async def revoke(session: AsyncSession, actor: Actor, proxy_id: UUID) -> None:
    """Take the right back, at once. `NotFound`, `Forbidden`; one that has ended stays as it is."""
    proxy = await repository.proxy(session, proxy_id)
    patient = await patients.patient(session, actor, proxy.patient_id) if proxy else None
    if proxy is None or patient is None:
        raise NotFound("Proxy")
    policies.may_decide(actor, patient)
    end_if_active(session, proxy)


def end_if_active(session: AsyncSession, proxy: ProxyRelationship) -> None:
    """Revoke a locked relationship; one that has ended stays as it is."""
    if proxy.status is ProxyStatus.ACTIVE:
        _end(session, proxy, ProxyStatus.REVOKED)


async def expire(session: AsyncSession) -> bool:
    """End what is over by now; True when there may be more."""
    ended = await repository.over(session, now(), _EXPIRED_AT_ONCE)
    for proxy in ended:
        _end(session, proxy, ProxyStatus.EXPIRED)
    return len(ended) == _EXPIRED_AT_ONCE


def _end(session: AsyncSession, proxy: ProxyRelationship, status: ProxyStatus) -> None:
    changes = audit.changed({"status": proxy.status.value}, {"status": status.value})
    proxy.status = status
    event = ProxyRevokedV1(proxy_id=proxy.id, patient_id=proxy.patient_id, proxy_user_id=proxy.proxy_user_id)
    outbox.record(session, event, of=proxy)
    endings.outdate(session, proxy.proxy_user_id)
    audit.record(session, "identity", f"proxy.{status.value.lower()}", "ProxyRelationship", proxy.id, changes)
