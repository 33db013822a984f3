"""Queries of erasure."""

from collections.abc import Sequence
from uuid import UUID

from common.contracts.enums import ClaimStatus
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims.models import CaseDocument, Claim, ClaimDocument


async def drafts_of(session: AsyncSession, patient_id: UUID) -> Sequence[Claim]:
    """A patient's draft claims, locked."""
    wanted = select(Claim).where(Claim.patient_id == patient_id, Claim.status == ClaimStatus.DRAFT).order_by(Claim.id)
    return (await session.scalars(wanted.with_for_update())).all()


async def forget_loose_documents(session: AsyncSession, patient_id: UUID) -> None:
    """Forget which documents a patient has, but those that went with a claim."""
    attached = select(ClaimDocument.document_id).where(ClaimDocument.document_id == CaseDocument.document_id)
    await session.execute(delete(CaseDocument).where(CaseDocument.patient_id == patient_id, ~attached.exists()))
