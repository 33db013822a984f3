"""The table of announcements."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from common.contracts.enums import Role
from common.db import Entity, enum_column
from sqlalchemy import CheckConstraint, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from notifications.messages.domain import AudienceKind
from notifications.tables import Base


class AnnouncementState(StrEnum):
    PENDING = "PENDING"
    ADDRESSED = "ADDRESSED"
    OVERTAKEN = "OVERTAKEN"
    """A later stage of the same thing was told before this one could be."""
    UNADDRESSABLE = "UNADDRESSABLE"
    """Identity knows nobody it could be for."""


class Announcement(Entity, Base):
    """What one event has to say to one audience, until identity was asked who they are.

    `audience_id` is a patient or a user, `audience_role` a role of staff, as `audience` says. `queued_at` is when it
    was last put into the queue.
    """

    __tablename__ = "announcements"
    __table_args__ = (
        Index(
            "uq_announcements_event_id",
            "event_id",
            "template_id",
            "audience",
            "audience_role",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_announcements_subject_id_subject_version", "subject_id", "subject_version"),
        CheckConstraint("(audience_id IS NULL) <> (audience_role IS NULL)", name="audience"),
    )

    event_id: Mapped[UUID]
    template_id: Mapped[str] = mapped_column(String(100))
    audience: Mapped[AudienceKind] = mapped_column(enum_column(AudienceKind))
    audience_id: Mapped[UUID | None]
    audience_role: Mapped[Role | None] = mapped_column(enum_column(Role))
    context: Mapped[dict[str, Any]]
    case_id: Mapped[UUID | None]
    subject_id: Mapped[UUID]
    subject_version: Mapped[int]
    state: Mapped[AnnouncementState] = mapped_column(
        enum_column(AnnouncementState), default=AnnouncementState.PENDING, index=True
    )
    queued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    addressed_at: Mapped[datetime | None]
