"""The tables of messaging and of idempotent HTTP calls, as every service's first migration makes them.

What a migration has made stays as it is: a change of `common.events.tables` is a function of its own here, called by a
new migration of each service, and `check-migrations` says when they are not in step.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

_MAINTAIN = """
CREATE FUNCTION maintain_messaging() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  day date;
  old record;
BEGIN
  FOR day IN SELECT generate_series(current_date, current_date + 3, interval '1 day')::date LOOP
    EXECUTE format(
      'CREATE TABLE IF NOT EXISTS public.%I PARTITION OF public.outbox_sent FOR VALUES FROM (%L) TO (%L)',
      'outbox_sent_' || to_char(day, 'YYYYMMDD'), day, day + 1);
  END LOOP;
  FOR old IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'public.outbox_sent'::regclass
      AND c.relname < 'outbox_sent_' || to_char(current_date - 7, 'YYYYMMDD') AND c.relname ~ '_[0-9]{8}$'
  LOOP
    EXECUTE format('DROP TABLE public.%I', old.relname);
  END LOOP;
  DELETE FROM public.inbox WHERE (consumer, event_id) IN
    (SELECT consumer, event_id FROM public.inbox WHERE received_at < now() - interval '60 days' LIMIT 10000);
  DELETE FROM public.idempotency_keys WHERE (owner, key) IN
    (SELECT owner, key FROM public.idempotency_keys WHERE created_at < now() - interval '25 hours' LIMIT 10000);
END $$
"""


def install_messaging(op: Any) -> None:
    """All of it, with what autogenerate does not see, in a first migration, given `alembic.op`."""
    _outbox(op)
    _inbox(op)
    _idempotency_keys(op)
    op.execute(_MAINTAIN)
    op.execute("SELECT maintain_messaging()")


def _outbox(op: Any) -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_event_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_table(
        "outbox_sent",
        sa.Column("id", sa.BigInteger(), nullable=False),
        *_event_columns(),
        sa.Column("sent_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("sent_at", "id", name=op.f("pk_outbox_sent")),
        postgresql_partition_by="RANGE (sent_at)",
    )
    op.execute("CREATE TABLE outbox_sent_default PARTITION OF outbox_sent DEFAULT")
    op.execute(
        "ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, "
        "autovacuum_vacuum_cost_delay = 0)"
    )


def _event_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.UUID(), nullable=False),
        sa.Column("aggregate_version", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    ]


def _inbox(op: Any) -> None:
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_inbox")),
    )
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"], unique=False)
    op.create_table(
        "inbox_versions",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "aggregate_id", name=op.f("pk_inbox_versions")),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("stream_sequence", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
        sa.UniqueConstraint(
            "consumer",
            "stream",
            "stream_sequence",
            "event_id",
            name=op.f("uq_dead_letters_consumer_stream_stream_sequence_event_id"),
        ),
    )


def _idempotency_keys(op: Any) -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False)
