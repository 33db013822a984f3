"""Queries of erasure."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from documents.documents.models import Document


async def of_person(
    session: AsyncSession, patient_id: UUID, user_id: UUID, *, lock: bool = False
) -> Sequence[Document]:
    """A patient's documents, and those they uploaded for nobody yet; a person's are few."""
    loose = and_(Document.owner_id == user_id, Document.patient_id.is_(None))
    wanted = select(Document).where(or_(Document.patient_id == patient_id, loose), Document.deleted_at.is_(None))
    wanted = wanted.order_by(Document.id)
    return (await session.scalars(wanted.with_for_update() if lock else wanted)).all()
