"""The table of template versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, func
from sqlalchemy.orm import Mapped, mapped_column

from notifications.tables import Base


class TemplateVersion(Base):
    """The files of a template as they were when a message was first sent by them, by path; kept for ever."""

    __tablename__ = "template_versions"

    template_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[str] = mapped_column(String(12), primary_key=True)
    files: Mapped[dict[str, Any]]
    first_sent_at: Mapped[datetime] = mapped_column(server_default=func.now())
