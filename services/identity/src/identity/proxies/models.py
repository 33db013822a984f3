"""Table of proxies (section ProxyRelationship)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common.db import Versioned, enum_column
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from identity.tables import Base


class ProxyKind(StrEnum):
    FAMILY = "FAMILY"
    SOCIAL_WORKER = "SOCIAL_WORKER"
    NURSING_HOME = "NURSING_HOME"
    OTHER = "OTHER"


class ProxyStatus(StrEnum):
    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


class ProxyRelationship(Versioned, Base):
    """`consent_document_id` is a document of the documents service."""

    __tablename__ = "proxy_relationships"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until > valid_from", name="validity"),
        Index(
            "uq_proxy_relationships_active",
            "patient_id",
            "proxy_user_id",
            unique=True,
            postgresql_where=text("status = 'ACTIVE'"),
        ),
        Index("ix_proxy_relationships_ending", "valid_until", postgresql_where=text("status = 'ACTIVE'")),
    )

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient_profiles.id"), index=True)
    proxy_user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    relationship: Mapped[ProxyKind] = mapped_column(enum_column(ProxyKind))
    consent_document_id: Mapped[UUID]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    status: Mapped[ProxyStatus] = mapped_column(enum_column(ProxyStatus), index=True)
