"""Use cases of consents: each version given is a row of its own, and stays."""

from collections.abc import Sequence
from uuid import UUID

from common import audit, context
from common.auth import Actor
from common.clock import now
from common.contracts.identity import ConsentGivenV1, ConsentWithdrawnV1
from common.errors import Conflict, NotFound
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from identity.consents import policies, repository
from identity.consents.domain import LIFETIME, lapsed_before
from identity.consents.models import Consent
from identity.consents.schemas import NewConsent
from identity.patients import repository as patients

_UNKNOWN = "unknown"
_EXPIRED_AT_ONCE = 500


def give(session: AsyncSession, patient_id: UUID, given_by: UUID, given: NewConsent) -> Consent:
    """Put a consent on record, with where it came from."""
    cause = context.current()
    consent = Consent(
        id=new_id(),
        patient_id=patient_id,
        given_by=given_by,
        ip_address=cause.ip_address or _UNKNOWN,
        user_agent=cause.user_agent or _UNKNOWN,
        consented_at=now(),
        **given.model_dump(),
    )
    session.add(consent)
    event = ConsentGivenV1(
        consent_id=consent.id,
        patient_id=patient_id,
        consent_type=consent.consent_type,
        consent_version=consent.version,
    )
    outbox.record(session, event, of=consent.id)
    changes = audit.changed({}, {"consentType": consent.consent_type.value, "version": consent.version})
    audit.record(session, "identity", "consent.give", "Consent", consent.id, changes)
    return consent


async def give_for(session: AsyncSession, actor: Actor, patient_id: UUID, given: NewConsent) -> Consent:
    """Consent for oneself or for whom one is a proxy; `NotFound`, `Forbidden`."""
    patient = await patients.patient(session, actor, patient_id)
    if patient is None:
        raise NotFound("Patient")
    policies.may_decide(actor, patient)
    return give(session, patient_id, actor.user_id, given)


async def list_consents(
    session: AsyncSession, actor: Actor, patient_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[Consent]:
    """A page of a patient's consents, newest first, and one more where another page follows."""
    patient = await patients.patient(session, actor, patient_id)
    if patient is None:
        raise NotFound("Patient")
    policies.may_read(actor, patient)
    if actor.is_staff:
        audit.record(session, "identity", "consent.list", "PatientProfile", patient_id)
    return await repository.consents_of(session, patient_id, cursor, limit)


async def withdraw(session: AsyncSession, actor: Actor, consent_id: UUID) -> Consent:
    """Withdraw a consent, and with it those given to other versions of the same text: whoever takes back the new one
    does not fall back on the old. `NotFound`, `Forbidden`, `Conflict` when it was withdrawn before."""
    consent = await repository.consent(session, consent_id)
    patient = await patients.patient(session, actor, consent.patient_id) if consent else None
    if consent is None or patient is None:
        raise NotFound("Consent")
    policies.may_decide(actor, patient)
    if consent.withdrawn_at is not None:
        raise Conflict("The consent was withdrawn before", code="BIZ_CONSENT_WITHDRAWN")
    for one in await repository.standing(session, consent.patient_id, consent.consent_type):
        end(session, one, "consent.withdraw")
    return consent


async def expire(session: AsyncSession) -> bool:
    """Mark as withdrawn what has run out by now; True when there may be more."""
    more = False
    for consent_type in LIFETIME:
        given_before = lapsed_before(consent_type, now())
        if given_before is None:
            continue
        over = await repository.lapsed(session, consent_type, given_before, _EXPIRED_AT_ONCE)
        for one in over:
            end(session, one, "consent.expire")
        more = more or len(over) == _EXPIRED_AT_ONCE
    return more


def end(session: AsyncSession, consent: Consent, action: str) -> None:
    """Mark a standing consent as withdrawn, for the reason `action` tells."""
    consent.withdrawn_at = max(now(), consent.consented_at)
    event = ConsentWithdrawnV1(consent_id=consent.id, patient_id=consent.patient_id, consent_type=consent.consent_type)
    outbox.record(session, event, of=consent.id)
    changes = audit.changed({"withdrawnAt": None}, {"withdrawnAt": consent.withdrawn_at})
    audit.record(session, "identity", action, "Consent", consent.id, changes)
