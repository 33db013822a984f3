"""The table of notes (section CaseNote)."""

from uuid import UUID

from common.db import Entity
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.tables import Base


class CaseNote(Entity, Base):
    __tablename__ = "case_notes"
    __table_args__ = (Index("ix_case_notes_case_id", "case_id", "id"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[UUID] = mapped_column(index=True)
    content: Mapped[str] = mapped_column(String(5000))
    is_internal: Mapped[bool] = mapped_column(default=True)


Index("ix_case_notes_created_at", CaseNote.created_at)
