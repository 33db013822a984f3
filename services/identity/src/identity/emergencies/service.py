"""Use case of breaking the glass."""

from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.identity import BreakGlassGrantedV1
from common.crypto import Cell
from common.errors import NotFound
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from identity.emergencies import policies
from identity.emergencies.domain import GRANT_LIFETIME
from identity.emergencies.models import BreakGlassGrant
from identity.emergencies.schemas import Emergency
from identity.patients import repository as patients
from identity.resources import IdentityResources


async def break_glass(
    resources: IdentityResources, session: AsyncSession, actor: Actor, emergency: Emergency
) -> BreakGlassGrant:
    """Open the reading of one patient's records for an hour; COMPLIANCE_ADMIN hears of it. `NotFound`, `Forbidden`."""
    policies.may_break_glass(actor)
    if await patients.any_patient(session, emergency.patient_id) is None:
        raise NotFound("Patient")
    grant_id, expires_at = new_id(), now() + GRANT_LIFETIME
    cell = Cell("break_glass_grants", "justification", grant_id)
    grant = BreakGlassGrant(
        id=grant_id,
        user_id=actor.user_id,
        patient_id=emergency.patient_id,
        justification=resources.cipher.encrypt(emergency.justification, cell),
        expires_at=expires_at,
    )
    session.add(grant)
    event = BreakGlassGrantedV1(
        grant_id=grant_id, patient_id=emergency.patient_id, user_id=actor.user_id, expires_at=expires_at
    )
    outbox.record(session, event, of=grant_id)
    changes = audit.changed({}, {"grantId": str(grant_id), "expiresAt": expires_at})
    audit.record(session, "identity", "break-glass.grant", "PatientProfile", emergency.patient_id, changes)
    return grant
