"""Queries of what is to be deleted."""

from collections.abc import Sequence
from datetime import datetime

from common.contracts.enums import DocumentType
from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from documents.access.models import PatientActivity
from documents.documents.models import Document
from documents.retention.domain import Duty, Since


async def over(
    session: AsyncSession, document_type: DocumentType, duty: Duty, now: datetime, limit: int
) -> Sequence[Document]:
    """Documents of a type that the duty keeps no longer, and no legal hold, locked."""
    cutoff = duty.cutoff(now)
    wanted = select(Document).where(
        Document.document_type == document_type,
        Document.deleted_at.is_(None),
        Document.legal_hold_reason.is_(None),
        Document.uploaded_at <= cutoff,
    )
    if duty.since is Since.LAST_ACTIVITY:
        still = exists().where(PatientActivity.patient_id == Document.patient_id, PatientActivity.last_at > cutoff)
        wanted = wanted.where(~still)
    wanted = wanted.order_by(Document.id).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(wanted)).all()


async def deleted_before(session: AsyncSession, moment: datetime, limit: int) -> Sequence[Document]:
    """Documents deleted long enough ago whose content is still there, locked."""
    wanted = (
        select(Document)
        .where(Document.deleted_at < moment, Document.purged_at.is_(None), Document.legal_hold_reason.is_(None))
        .order_by(Document.deleted_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(wanted)).all()


async def abandoned(session: AsyncSession, moment: datetime, limit: int) -> Sequence[Document]:
    """Documents announced before `moment` that never came, locked."""
    wanted = (
        select(Document)
        .where(Document.uploaded_at.is_(None), Document.created_at < moment)
        .order_by(Document.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(wanted)).all()


async def forget(session: AsyncSession, documents: Sequence[Document]) -> None:
    """Remove the rows of documents that never came."""
    await session.execute(delete(Document).where(Document.id.in_([document.id for document in documents])))
