"""Queries of documents."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.auth import Actor
from common.contracts.enums import ScanStatus
from sqlalchemy import ColumnElement, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from documents.access.models import KnownCase, PrescriptionDocument
from documents.documents.models import Document
from documents.documents.visibility import visible_to


async def document(session: AsyncSession, actor: Actor, document_id: UUID, *, lock: bool = False) -> Document | None:
    """One the actor may know of."""
    return await _one(session, document_id, visible_to(actor), lock=lock)


async def any_document(session: AsyncSession, document_id: UUID, *, lock: bool = False) -> Document | None:
    """One that has not been deleted, for the platform itself."""
    return await _one(session, document_id, Document.deleted_at.is_(None), lock=lock)


async def _one(
    session: AsyncSession, document_id: UUID, condition: ColumnElement[bool], *, lock: bool
) -> Document | None:
    wanted = select(Document).where(Document.id == document_id, condition)
    if lock:
        wanted = wanted.with_for_update(of=Document).execution_options(populate_existing=True)
    return (await session.scalars(wanted)).one_or_none()


async def of_quote(session: AsyncSession, quote_id: UUID) -> UUID | None:
    """The document that shows a quote, deleted or not."""
    return (await session.scalars(select(Document.id).where(Document.quote_id == quote_id))).one_or_none()


async def of_delivery(session: AsyncSession, case_id: UUID) -> UUID | None:
    """The note for the delivery of a case, deleted or not."""
    return (await session.scalars(select(Document.id).where(Document.delivery_of == case_id))).one_or_none()


async def is_of_prescription(session: AsyncSession, document_id: UUID) -> bool:
    """Whether a prescription was submitted with it."""
    wanted = select(true()).where(PrescriptionDocument.document_id == document_id).limit(1)
    return (await session.scalars(wanted)).first() is not None


async def patient_has_case(session: AsyncSession, patient_id: UUID) -> bool:
    return (
        await session.scalars(select(true()).where(KnownCase.patient_id == patient_id).limit(1))
    ).first() is not None


async def give_to_patient(session: AsyncSession, document_id: UUID, patient_id: UUID) -> None:
    """Make a document that was nobody's yet the patient's."""
    unclaimed = update(Document).where(Document.id == document_id, Document.patient_id.is_(None))
    await session.execute(unclaimed.values(patient_id=patient_id, version=Document.version + 1))


async def give_to_case(session: AsyncSession, document_id: UUID, case_id: UUID) -> None:
    """Make a document that was in no case yet one of the case."""
    loose = update(Document).where(Document.id == document_id, Document.case_id.is_(None))
    await session.execute(loose.values(case_id=case_id, version=Document.version + 1))


async def scans_queued_before(session: AsyncSession, moment: datetime, queued_at: datetime) -> Sequence[UUID]:
    """The documents whose scan has been waiting since before `moment`, noted as queued anew."""
    waiting = update(Document).where(
        Document.scan_status == ScanStatus.PENDING,
        Document.uploaded_at.is_not(None),
        Document.deleted_at.is_(None),
        Document.scan_queued_at < moment,
    )
    return (await session.scalars(waiting.values(scan_queued_at=queued_at).returning(Document.id))).all()
