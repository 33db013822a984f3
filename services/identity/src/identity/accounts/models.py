"""Tables of accounts (section User), and of what is mailed or texted to prove an address."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from common.contracts.enums import Role, UserStatus
from common.db import Entity, Versioned, enum_column
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from identity.tables import Base


class Language(StrEnum):
    """The language a person is written to in."""

    FR = "fr"
    EN = "en"


class TokenPurpose(StrEnum):
    """What a one-time token is good for: the link purposes, and the code sent to a phone."""

    VERIFY_EMAIL = "VERIFY_EMAIL"
    RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105 - a purpose
    STAFF_INVITATION = "STAFF_INVITATION"
    PHONE_CODE = "PHONE_CODE"


class User(Versioned, Base):
    __tablename__ = "users"
    __table_args__ = (
        Index("ix_users_active", "id", postgresql_where=text("status = 'ACTIVE'")),
        CheckConstraint("NOT mfa_enabled OR mfa_secret IS NOT NULL", name="mfa_has_secret"),
    )

    email: Mapped[str] = mapped_column(String(254), unique=True)
    phone: Mapped[str | None] = mapped_column(String(16), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(60))
    """None until an invited member of staff sets one."""
    role: Mapped[Role] = mapped_column(enum_column(Role), index=True)
    status: Mapped[UserStatus] = mapped_column(enum_column(UserStatus), index=True)
    language: Mapped[Language] = mapped_column(enum_column(Language), default=Language.FR)
    email_verified: Mapped[bool] = mapped_column(default=False)
    phone_verified: Mapped[bool] = mapped_column(default=False)
    mfa_enabled: Mapped[bool] = mapped_column(default=False)
    mfa_secret: Mapped[str | None]
    """Encrypted."""
    mfa_pending_secret: Mapped[str | None]
    """Encrypted; shown to the user, waiting for its first code."""
    mfa_last_step: Mapped[int] = mapped_column(default=0)
    """The time step of the last code accepted: no code works twice."""
    last_login_at: Mapped[datetime | None]


class OneTimeToken(Entity, Base):
    __tablename__ = "one_time_tokens"
    __table_args__ = (Index("ix_one_time_tokens_open", "user_id", "purpose", postgresql_where=text("used_at IS NULL")),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[TokenPurpose] = mapped_column(enum_column(TokenPurpose))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    target: Mapped[str | None] = mapped_column(String(64))
    """A keyed hash of the phone number that a code was sent to."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
