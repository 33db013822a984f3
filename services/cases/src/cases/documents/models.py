"""What documents' events have told."""

from uuid import UUID

from common.contracts.enums import DocumentType
from common.db import enum_column
from sqlalchemy.orm import Mapped, mapped_column

from cases.documents.domain import DocumentState
from cases.tables import Base


class KnownDocument(Base):
    """A patient's or case's document in its latest known state; `document_version` is the one that told."""

    __tablename__ = "known_documents"

    document_id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID | None] = mapped_column(index=True)
    case_id: Mapped[UUID | None] = mapped_column(index=True)
    document_type: Mapped[DocumentType] = mapped_column(enum_column(DocumentType))
    state: Mapped[DocumentState] = mapped_column(enum_column(DocumentState))
    document_version: Mapped[int]
