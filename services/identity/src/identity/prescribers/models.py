"""Table of prescribers' profiles (section PrescriberProfile; the names are needed on claims)."""

from typing import Any
from uuid import UUID

from common.db import Versioned
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from identity.tables import Base


class PrescriberProfile(Versioned, Base):
    __tablename__ = "prescriber_profiles"
    __table_args__ = (
        Index(
            "ix_prescriber_profiles_search_name_trigrams",
            "search_name",
            postgresql_using="gin",
            postgresql_ops={"search_name": "gin_trgm_ops"},
        ),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), unique=True)
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    search_name: Mapped[str] = mapped_column(String(450))
    """Names and practice without accents and case, for the fuzzy search."""
    rpps_number: Mapped[str | None] = mapped_column(String(11), index=True)
    adeli_number: Mapped[str | None] = mapped_column(String(9), index=True)
    specialty: Mapped[str | None] = mapped_column(String(100))
    practice_name: Mapped[str | None] = mapped_column(String(200))
    practice_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
