"""The tables of the notifications service."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from common.db.messaging import install_messaging
from sqlalchemy.dialects import postgresql

revision: str = "e30767a4b179"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("template_id", sa.String(length=100), nullable=False),
        sa.Column(
            "audience",
            sa.Enum(
                "PATIENT", "USER", "STAFF", name="audience_kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("audience_id", sa.UUID(), nullable=True),
        sa.Column(
            "audience_role",
            sa.Enum(
                "PATIENT",
                "PRESCRIBER",
                "OPS",
                "BILLING",
                "TECHNICIAN",
                "COMPLIANCE_ADMIN",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("subject_version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "PENDING",
                "ADDRESSED",
                "OVERTAKEN",
                "UNADDRESSABLE",
                name="announcement_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("queued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("addressed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(audience_id IS NULL) <> (audience_role IS NULL)", name=op.f("ck_announcements_audience")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    op.create_index(op.f("ix_announcements_state"), "announcements", ["state"], unique=False)
    op.create_index(
        "ix_announcements_subject_id_subject_version", "announcements", ["subject_id", "subject_version"], unique=False
    )
    op.create_index(
        "uq_announcements_event_id",
        "announcements",
        ["event_id", "template_id", "audience", "audience_role"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "provider_reports",
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "DELIVERED",
                "BOUNCED",
                "FAILED",
                "COMPLAINED",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("provider", "external_id", "event", name=op.f("pk_provider_reports")),
    )
    op.create_index("ix_provider_reports_received_at", "provider_reports", ["received_at"], unique=False)
    op.create_table(
        "template_versions",
        sa.Column("template_id", sa.String(length=100), nullable=False),
        sa.Column("version", sa.String(length=12), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("template_id", "version", name=op.f("pk_template_versions")),
    )
    op.create_table(
        "unsubscriptions",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_unsubscriptions")),
    )
    op.create_table(
        "notifications",
        sa.Column("recipient_id", sa.UUID(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("EMAIL", "SMS", name="channel", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("template_id", sa.String(length=100), nullable=False),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "SENT",
                "DELIVERED",
                "FAILED",
                "BOUNCED",
                name="notification_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure_reason", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("announcement_id", sa.UUID(), nullable=True),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.Column("as_proxy", sa.Boolean(), nullable=False),
        sa.Column("template_version", sa.String(length=12), nullable=True),
        sa.Column("provider", sa.String(length=40), nullable=True),
        sa.Column("address_index", sa.String(length=64), nullable=True),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("sending_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "held_for",
            sa.Enum("QUIET_HOURS", "DIGEST", name="hold", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest_id", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status <> 'DELIVERED' OR delivered_at IS NOT NULL", name=op.f("ck_notifications_delivered_at")
        ),
        sa.CheckConstraint(
            "status NOT IN ('FAILED', 'BOUNCED') OR failure_reason IS NOT NULL",
            name=op.f("ck_notifications_failure_reason"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('SENT', 'DELIVERED') OR sent_at IS NOT NULL", name=op.f("ck_notifications_sent_at")
        ),
        sa.CheckConstraint("(held_for IS NULL) = (held_until IS NULL)", name=op.f("ck_notifications_held")),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name=op.f("fk_notifications_announcement_id")
        ),
        sa.ForeignKeyConstraint(["digest_id"], ["notifications.id"], name=op.f("fk_notifications_digest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint(
            "event_id",
            "recipient_id",
            "channel",
            "template_id",
            name=op.f("uq_notifications_event_id_recipient_id_channel_template_id"),
        ),
    )
    op.create_index(op.f("ix_notifications_announcement_id"), "notifications", ["announcement_id"], unique=False)
    op.create_index(op.f("ix_notifications_case_id"), "notifications", ["case_id"], unique=False)
    op.create_index(op.f("ix_notifications_channel"), "notifications", ["channel"], unique=False)
    op.create_index("ix_notifications_created_at", "notifications", ["created_at"], unique=False)
    op.create_index(op.f("ix_notifications_digest_id"), "notifications", ["digest_id"], unique=False)
    op.create_index(op.f("ix_notifications_external_id"), "notifications", ["external_id"], unique=False)
    op.create_index(
        "ix_notifications_held_until",
        "notifications",
        ["held_until"],
        unique=False,
        postgresql_where="held_until IS NOT NULL",
    )
    op.create_index("ix_notifications_recipient_id_id", "notifications", ["recipient_id", "id"], unique=False)
    op.create_index(op.f("ix_notifications_status"), "notifications", ["status"], unique=False)
    op.create_index(op.f("ix_notifications_template_id"), "notifications", ["template_id"], unique=False)
    op.create_table(
        "dead_addresses",
        sa.Column(
            "channel",
            sa.Enum("EMAIL", "SMS", name="channel", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("address_index", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("notification_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"], ["notifications.id"], name=op.f("fk_dead_addresses_notification_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_addresses")),
        sa.UniqueConstraint("channel", "address_index", name=op.f("uq_dead_addresses_channel_address_index")),
    )
    op.create_index(op.f("ix_dead_addresses_notification_id"), "dead_addresses", ["notification_id"], unique=False)
    op.create_index(op.f("ix_dead_addresses_user_id"), "dead_addresses", ["user_id"], unique=False)
    install_messaging(op)
