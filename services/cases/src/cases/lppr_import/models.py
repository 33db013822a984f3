"""Tables of imports."""

from datetime import datetime
from uuid import UUID

from common.db import Entity, enum_column
from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from cases.lppr_import.domain import ImportStatus, RefusalReason
from cases.tables import Base


class LpprImport(Entity, Base):
    """An export that was uploaded, and how far its import is. `content` is dropped when it is done or has failed.

    `last_code` is the last code the catalogue agrees with: a job that was interrupted goes on after it.
    """

    __tablename__ = "lppr_imports"

    status: Mapped[ImportStatus] = mapped_column(enum_column(ImportStatus), default=ImportStatus.QUEUED)
    sha256_hash: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    content: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    created_by: Mapped[UUID]
    rows: Mapped[int] = mapped_column(default=0)
    codes: Mapped[int] = mapped_column(default=0)
    codes_done: Mapped[int] = mapped_column(default=0)
    last_code: Mapped[str | None] = mapped_column(String(7))
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    failure_reason: Mapped[str | None] = mapped_column(String(500))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class LpprImportRefusal(Entity, Base):
    """A row of an export that was left out, and why."""

    __tablename__ = "lppr_import_refusals"
    __table_args__ = (Index("ix_lppr_import_refusals_import_id", "import_id", "id"),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("lppr_imports.id"))
    source: Mapped[str] = mapped_column(String(40))
    row: Mapped[int]
    code: Mapped[str] = mapped_column(String(20))
    reason: Mapped[RefusalReason] = mapped_column(enum_column(RefusalReason))
