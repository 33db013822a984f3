"""The tables that messaging and idempotent HTTP calls need, the same in every service's database."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID


def add_messaging_tables(metadata: MetaData) -> None:
    """Attach the messaging tables to a service's metadata."""
    Table("outbox", metadata, *_event_columns(), PrimaryKeyConstraint("id"))
    Table(
        "outbox_sent",
        metadata,
        *_event_columns(identity=False),
        Column("sent_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        PrimaryKeyConstraint("sent_at", "id"),
        postgresql_partition_by="RANGE (sent_at)",
    )
    Table(
        "inbox",
        metadata,
        Column("consumer", Text, nullable=False),
        Column("event_id", Text, nullable=False),
        Column("received_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        PrimaryKeyConstraint("consumer", "event_id"),
        Index("ix_inbox_received_at", "received_at"),
    )
    Table(
        "inbox_versions",
        metadata,
        Column("consumer", Text, nullable=False),
        Column("aggregate_id", UUID(as_uuid=True), nullable=False),
        Column("version", Integer, nullable=False),
        PrimaryKeyConstraint("consumer", "aggregate_id"),
    )
    Table(
        "dead_letters",
        metadata,
        Column("id", UUID(as_uuid=True), nullable=False),
        Column("consumer", Text, nullable=False),
        Column("event_id", Text, nullable=False),
        Column("stream", Text, nullable=False),
        Column("stream_sequence", BigInteger, nullable=False),
        Column("subject", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("error", Text, nullable=False),
        Column("deliveries", Integer, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("resolved_at", DateTime(timezone=True)),
        Column("resolution", Text),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("consumer", "stream", "stream_sequence", "event_id"),
    )
    Table(
        "idempotency_keys",
        metadata,
        Column("owner", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("request_hash", LargeBinary, nullable=False),
        Column("status", SmallInteger),
        Column("headers", JSONB),
        Column("body", LargeBinary),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        PrimaryKeyConstraint("owner", "key"),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )


def _event_columns(*, identity: bool = True) -> list[Column[object]]:
    return [
        Column("id", BigInteger, *([Identity(always=True)] if identity else []), nullable=False),
        Column("event_id", UUID(as_uuid=True), nullable=False),
        Column("stream", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("aggregate_id", UUID(as_uuid=True), nullable=False),
        Column("aggregate_version", Integer, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ]
