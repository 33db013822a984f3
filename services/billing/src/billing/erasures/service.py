"""Use case of erasure."""

from uuid import UUID

from common import audit
from common.contracts.enums import ClaimStatus
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import history
from billing.claims.service import is_idle_draft
from billing.erasures import repository


async def forget(session: AsyncSession, patient_id: UUID) -> None:
    """Cancel what was never sent, and forget the documents that went with no claim.

    Claims, payments and the return files they are read from stay for ten years (section 8.3; article L123-22 of the
    Code de commerce). They hold ids, codes, amounts and dates; a name and a number are asked of identity at the moment
    of sending and never kept.
    """
    for claim in await repository.drafts_of(session, patient_id):
        if is_idle_draft(claim):
            history.move(session, claim, ClaimStatus.CANCELLED, "the patient was erased")
    await repository.forget_loose_documents(session, patient_id)
    changes = audit.changed({}, {"erased": "unsent claims, loose documents"})
    audit.record(session, "billing", "patient.erase", "PatientProfile", patient_id, changes)
