"""What the tables of all services have in common."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum as PyEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Date, DateTime, Enum, Integer, MetaData, Numeric, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from common.events.tables import add_messaging_tables
from common.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

TYPES: dict[Any, Any] = {
    UUID: postgresql.UUID(as_uuid=True),
    datetime: DateTime(timezone=True),
    date: Date(),
    Decimal: Numeric(12, 2),
    dict[str, Any]: postgresql.JSONB(),
    list[Any]: postgresql.JSONB(),
}
"""For `type_annotation_map` of a service's `Base`."""


def service_metadata() -> MetaData:
    """Metadata of one service: the naming convention, and the tables that messaging and idempotency need."""
    metadata = MetaData(naming_convention=NAMING)
    add_messaging_tables(metadata)
    return metadata


def enum_column(kind: type[PyEnum], *, name: str | None = None) -> Enum:
    """An enumeration stored by name as text with a CHECK, so that a new member is an ordinary migration.

    `name` is the CHECK's, where a table has two columns of the same enumeration.
    """
    return Enum(kind, native_enum=False, length=40, create_constraint=True, name=name or _snake(kind.__name__))


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class Entity:
    """Mixin: `id` (UUIDv7) and `created_at`."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=100)

    __mapper_args__: ClassVar[Any] = {"eager_defaults": True}


class Versioned(Entity):
    """Mixin: also `updated_at`, and `version`, which each change bumps (`ETag`, aggregate version, lost updates)."""

    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now(), sort_order=101)
    version: Mapped[int] = mapped_column(Integer, default=1, sort_order=102, info={"aggregate_version": True})

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        return {"eager_defaults": True, "version_id_col": cls.__table__.c.version}  # type: ignore[attr-defined]
