"""Table of staff's profiles (section StaffProfile)."""

from enum import StrEnum
from uuid import UUID

from common.db import Versioned, enum_column
from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from identity.tables import Base


class Department(StrEnum):
    OPS = "OPS"
    BILLING = "BILLING"
    TECH = "TECH"
    COMPLIANCE = "COMPLIANCE"


class StaffProfile(Versioned, Base):
    __tablename__ = "staff_profiles"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), unique=True)
    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    employee_id: Mapped[str] = mapped_column(String(50), unique=True)
    department: Mapped[Department] = mapped_column(enum_column(Department), index=True)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(String(100)), default=list)
    manager_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_profiles.id"), index=True)
