"""Tables of the audit log (section AuditEvent)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from common.contracts.audit import ActorType
from common.db import enum_column
from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from identity.tables import Base


class AuditEvent(Base):
    """Partitioned by month. `position` counts from 1 without gaps; `hash` covers the row and `previous_hash`.

    There is no foreign key to users: an entry is never refused for want of another row.
    """

    __tablename__ = "audit_events"
    __table_args__ = ({"postgresql_partition_by": "RANGE (timestamp)"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    timestamp: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    position: Mapped[int] = mapped_column(BigInteger, index=True)
    service: Mapped[str]
    actor_id: Mapped[UUID | None] = mapped_column(index=True)
    actor_type: Mapped[ActorType] = mapped_column(enum_column(ActorType))
    action: Mapped[str] = mapped_column(index=True)
    object_type: Mapped[str] = mapped_column(index=True)
    object_id: Mapped[UUID] = mapped_column(index=True)
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    ip_address: Mapped[str | None]
    user_agent: Mapped[str | None]
    request_id: Mapped[str | None]
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditChain(Base):
    """The head of the chain, one row: appending locks it, so the chain has one writer at a time."""

    __tablename__ = "audit_chain"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    last_id: Mapped[UUID | None]


class RetiredEntries(Base):
    """A run of entries that left the log with their month's partition, after their retention; the chain goes on from
    `hash_before` to `hash_after` without them."""

    __tablename__ = "audit_retired"

    first_position: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    last_position: Mapped[int] = mapped_column(BigInteger)
    hash_before: Mapped[bytes] = mapped_column(LargeBinary)
    hash_after: Mapped[bytes] = mapped_column(LargeBinary)
    partition: Mapped[str]
    retired_at: Mapped[datetime] = mapped_column(server_default=func.now())
