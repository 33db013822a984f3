"""Tables of sessions and of what a login is checked against (section 2.4)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common.db import Entity, enum_column
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from identity.tables import Base


class SessionEnd(StrEnum):
    """Why a session ended before its time."""

    LOGOUT = "LOGOUT"
    ENDED_BY_USER = "ENDED_BY_USER"
    TOO_MANY = "TOO_MANY"
    TOKEN_REUSED = "TOKEN_REUSED"  # noqa: S105 - a reason
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a reason
    ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"


class LoginSession(Entity, Base):
    """One signed-in device. `refresh_token_id` names the only refresh token that is good now."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_open", "user_id", "expires_at", postgresql_where=text("ended_at IS NULL")),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    refresh_token_id: Mapped[UUID]
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    """A keyed hash of the device's fingerprint."""
    ip_address: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(500))
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[SessionEnd | None] = mapped_column(enum_column(SessionEnd))


class TrustedDevice(Entity, Base):
    """A device that need not give the second factor again until `expires_at`."""

    __tablename__ = "trusted_devices"
    __table_args__ = (UniqueConstraint("user_id", "fingerprint"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    fingerprint: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class RecoveryCode(Entity, Base):
    """A keyed hash of a code that stands in for the second factor, once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class LoginThrottle(Base):
    """Failed attempts by address, whether or not it has an account: the two must not be told apart."""

    __tablename__ = "login_throttles"

    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
