"""first."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from common.db.messaging import install_messaging
from sqlalchemy.dialects import postgresql

revision: str = "f46487cfa038"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""


def upgrade() -> None:
    op.execute(APPEND_ONLY)
    install_messaging(op)
    _devices_and_contracts()
    _tickets()
    _assistant()


def _devices_and_contracts() -> None:
    op.create_table(
        "health_consents",
        sa.Column("consent_id", sa.UUID(), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_health_consents")),
    )
    op.create_index(op.f("ix_health_consents_patient_id"), "health_consents", ["patient_id"], unique=False)
    op.create_table(
        "emergency_accesses",
        sa.Column("grant_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_emergency_accesses")),
    )
    op.create_index(
        "ix_emergency_accesses_user_id",
        "emergency_accesses",
        ["user_id", "patient_id", "expires_at"],
        unique=False,
    )
    op.create_table(
        "device_instances",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("product_family", sa.String(length=200), nullable=True),
        sa.Column("serial_number", sa.String(length=100), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warranty_end_date", sa.Date(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "ACTIVE",
                "IN_REPAIR",
                "REPLACED",
                "DECOMMISSIONED",
                name="device_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("unsafe_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_location", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("replaced_by_id", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'REPLACED') = (replaced_by_id IS NOT NULL)", name=op.f("ck_device_instances_replacement_known")
        ),
        sa.CheckConstraint(
            "serial_number = btrim(serial_number) AND serial_number <> ''",
            name=op.f("ck_device_instances_serial_number_given"),
        ),
        sa.CheckConstraint("replaced_by_id <> id", name=op.f("ck_device_instances_not_replaced_by_itself")),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["device_instances.id"], name=op.f("fk_device_instances_replaced_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_instances")),
        sa.UniqueConstraint("serial_number", name=op.f("uq_device_instances_serial_number")),
    )
    op.create_index(op.f("ix_device_instances_case_id"), "device_instances", ["case_id"], unique=False)
    op.create_index(op.f("ix_device_instances_patient_id"), "device_instances", ["patient_id"], unique=False)
    op.create_index(op.f("ix_device_instances_product_id"), "device_instances", ["product_id"], unique=False)
    op.create_index(op.f("ix_device_instances_replaced_by_id"), "device_instances", ["replaced_by_id"], unique=False)
    op.create_index(op.f("ix_device_instances_status"), "device_instances", ["status"], unique=False)
    op.create_index(
        "ix_device_instances_unsafe",
        "device_instances",
        ["id"],
        unique=False,
        postgresql_where=sa.text("unsafe_since IS NOT NULL"),
    )
    op.create_table(
        "device_history",
        sa.Column("device_id", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "REGISTERED",
                "CHANGED",
                "STATUS_CHANGED",
                "UNSAFE",
                "SAFE",
                name="device_event_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device_instances.id"], name=op.f("fk_device_history_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_history")),
    )
    op.create_index("ix_device_history_device_id_id", "device_history", ["device_id", "id"], unique=False)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON device_history "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "maintenance_forfaits",
        sa.Column(
            "contract_type",
            sa.Enum("MANUAL", "ELECTRIC", name="contract_type", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_maintenance_forfaits_amount_not_negative")),
        sa.PrimaryKeyConstraint("contract_type", "valid_from", name=op.f("pk_maintenance_forfaits")),
    )
    op.create_table(
        "maintenance_contracts",
        sa.Column("device_id", sa.UUID(), nullable=False),
        sa.Column(
            "contract_type",
            sa.Enum("MANUAL", "ELECTRIC", name="contract_type", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("renewal_date", sa.Date(), nullable=False),
        sa.Column("annual_forfait", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "ACTIVE",
                "EXPIRED",
                "CANCELLED",
                name="contract_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("last_service_date", sa.Date(), nullable=True),
        sa.Column("renewal_reminded_for", sa.Date(), nullable=True),
        sa.Column("service_reminded_since", sa.Date(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancellation_reason", sa.String(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("annual_forfait >= 0", name=op.f("ck_maintenance_contracts_annual_forfait_not_negative")),
        sa.CheckConstraint("renewal_date > start_date", name=op.f("ck_maintenance_contracts_renewal_after_start")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device_instances.id"], name=op.f("fk_maintenance_contracts_device_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_contracts")),
    )
    op.create_index(op.f("ix_maintenance_contracts_device_id"), "maintenance_contracts", ["device_id"], unique=False)
    op.create_index(
        op.f("ix_maintenance_contracts_renewal_date"), "maintenance_contracts", ["renewal_date"], unique=False
    )
    op.create_index(op.f("ix_maintenance_contracts_status"), "maintenance_contracts", ["status"], unique=False)
    op.create_index(
        "uq_maintenance_contracts_active",
        "maintenance_contracts",
        ["device_id"],
        unique=True,
        postgresql_where=sa.text("status = 'ACTIVE'"),
    )
    # The repair amounts a calendar year since the reform of the nomenclature.
    op.execute(
        "INSERT INTO maintenance_forfaits (contract_type, valid_from, amount) "
        "VALUES ('MANUAL', '2025-12-01', 260.00), ('ELECTRIC', '2025-12-01', 750.00)"
    )


def _tickets() -> None:
    op.execute("CREATE SEQUENCE ticket_numbers")
    op.create_table(
        "recalls",
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=True),
        sa.Column("serial_from", sa.String(length=100), nullable=True),
        sa.Column("serial_to", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "BATTERY",
                "WHEELS",
                "JOYSTICK",
                "BRAKE",
                "CUSHION",
                "FRAME",
                "ELECTRICAL",
                "OTHER",
                name="ticket_category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "severity",
            sa.Enum(
                "LOW",
                "MEDIUM",
                "HIGH",
                "CRITICAL",
                name="severity",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_safety_issue", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("OPENING", "OPEN", name="recall_status", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("opened_by", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "product_id IS NOT NULL OR serial_from IS NOT NULL", name=op.f("ck_recalls_concerns_something")
        ),
        sa.CheckConstraint("(serial_from IS NULL) = (serial_to IS NULL)", name=op.f("ck_recalls_range_has_two_ends")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
        sa.UniqueConstraint("reference", name=op.f("uq_recalls_reference")),
    )
    op.create_index(op.f("ix_recalls_product_id"), "recalls", ["product_id"], unique=False)
    op.create_index(op.f("ix_recalls_status"), "recalls", ["status"], unique=False)
    op.create_table(
        "service_tickets",
        sa.Column("ticket_number", sa.String(length=20), nullable=False),
        sa.Column("device_id", sa.UUID(), nullable=False),
        sa.Column("reported_by", sa.UUID(), nullable=False),
        sa.Column("recall_id", sa.UUID(), nullable=True),
        sa.Column(
            "category",
            sa.Enum(
                "BATTERY",
                "WHEELS",
                "JOYSTICK",
                "BRAKE",
                "CUSHION",
                "FRAME",
                "ELECTRICAL",
                "OTHER",
                name="ticket_category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "severity",
            sa.Enum(
                "LOW",
                "MEDIUM",
                "HIGH",
                "CRITICAL",
                name="severity",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_safety_issue", sa.Boolean(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "OPEN",
                "ASSIGNED",
                "IN_PROGRESS",
                "PENDING_PARTS",
                "RESOLVED",
                "CLOSED",
                name="ticket_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("assigned_to", sa.UUID(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_notes", sa.String(), nullable=True),
        sa.Column("loaner_serial_number", sa.String(length=100), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'OPEN') <= (assigned_to IS NULL)", name=op.f("ck_service_tickets_open_is_unassigned")
        ),
        sa.CheckConstraint("description <> ''", name=op.f("ck_service_tickets_description_given")),
        sa.CheckConstraint(
            "status <> 'RESOLVED' OR resolved_at IS NOT NULL", name=op.f("ck_service_tickets_resolution_dated")
        ),
        sa.CheckConstraint(
            "status NOT IN ('ASSIGNED', 'IN_PROGRESS', 'PENDING_PARTS') OR assigned_to IS NOT NULL",
            name=op.f("ck_service_tickets_work_has_a_technician"),
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device_instances.id"], name=op.f("fk_service_tickets_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_tickets")),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name=op.f("fk_service_tickets_recall_id")),
        sa.UniqueConstraint("recall_id", "device_id", name=op.f("uq_service_tickets_recall_id_device_id")),
        sa.UniqueConstraint("ticket_number", name=op.f("uq_service_tickets_ticket_number")),
    )
    op.create_index(op.f("ix_service_tickets_assigned_to"), "service_tickets", ["assigned_to"], unique=False)
    op.create_index(
        "ix_service_tickets_assigned_to_device_id", "service_tickets", ["assigned_to", "device_id"], unique=False
    )
    op.create_index(op.f("ix_service_tickets_created_at"), "service_tickets", ["created_at"], unique=False)
    op.create_index(op.f("ix_service_tickets_device_id"), "service_tickets", ["device_id"], unique=False)
    op.create_index(op.f("ix_service_tickets_due_at"), "service_tickets", ["due_at"], unique=False)
    op.create_index(op.f("ix_service_tickets_reported_by"), "service_tickets", ["reported_by"], unique=False)
    op.create_index(op.f("ix_service_tickets_severity"), "service_tickets", ["severity"], unique=False)
    op.create_index(op.f("ix_service_tickets_status"), "service_tickets", ["status"], unique=False)
    op.create_index(
        "ix_service_tickets_unsettled",
        "service_tickets",
        ["device_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS', 'PENDING_PARTS')"),
    )
    op.create_table(
        "technician_visits",
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column("technician_id", sa.UUID(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scheduled_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "COMPLETED",
                "RESCHEDULED",
                "NO_SHOW",
                "PARTS_NEEDED",
                name="visit_outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("signature_image_id", sa.UUID(), nullable=True),
        sa.Column("labour_cost", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("rescheduled_from_id", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("technician_id"), "="),
            (sa.text("tstzrange(scheduled_at, scheduled_until)"), "&&"),
            where=sa.text("outcome IS NULL"),
            using="gist",
            name="ex_technician_visits_no_double_booking",
        ),
        sa.CheckConstraint(
            "outcome NOT IN ('COMPLETED', 'PARTS_NEEDED') OR arrived_at IS NOT NULL",
            name=op.f("ck_technician_visits_work_done_after_arrival"),
        ),
        sa.CheckConstraint("labour_cost >= 0", name=op.f("ck_technician_visits_labour_cost_not_negative")),
        sa.ForeignKeyConstraint(
            ["rescheduled_from_id"], ["technician_visits.id"], name=op.f("fk_technician_visits_rescheduled_from_id")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (completed_at IS NULL)", name=op.f("ck_technician_visits_outcome_dated")
        ),
        sa.CheckConstraint("scheduled_until > scheduled_at", name=op.f("ck_technician_visits_takes_time")),
        sa.ForeignKeyConstraint(["ticket_id"], ["service_tickets.id"], name=op.f("fk_technician_visits_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technician_visits")),
    )
    op.create_index(op.f("ix_technician_visits_outcome"), "technician_visits", ["outcome"], unique=False)
    op.create_index(
        op.f("ix_technician_visits_rescheduled_from_id"), "technician_visits", ["rescheduled_from_id"], unique=False
    )
    op.create_index(op.f("ix_technician_visits_scheduled_at"), "technician_visits", ["scheduled_at"], unique=False)
    op.create_index(op.f("ix_technician_visits_technician_id"), "technician_visits", ["technician_id"], unique=False)
    op.create_index(op.f("ix_technician_visits_ticket_id"), "technician_visits", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_history",
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "OPENED",
                "CHANGED",
                "ASSIGNED",
                "STATUS_CHANGED",
                "VISIT_SCHEDULED",
                "VISIT_DEPARTED",
                "VISIT_STARTED",
                "VISIT_ENDED",
                "PART_USED",
                name="history_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column(
            "from_status",
            sa.Enum(
                "OPEN",
                "ASSIGNED",
                "IN_PROGRESS",
                "PENDING_PARTS",
                "RESOLVED",
                "CLOSED",
                name="from_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "to_status",
            sa.Enum(
                "OPEN",
                "ASSIGNED",
                "IN_PROGRESS",
                "PENDING_PARTS",
                "RESOLVED",
                "CLOSED",
                name="to_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["service_tickets.id"], name=op.f("fk_ticket_history_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_history")),
    )
    op.create_index("ix_ticket_history_ticket_id_id", "ticket_history", ["ticket_id", "id"], unique=False)
    op.create_table(
        "part_usages",
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column("visit_id", sa.UUID(), nullable=True),
        sa.Column("part_sku", sa.String(length=100), nullable=False),
        sa.Column("part_name", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_part_usages_quantity_at_least_one")),
        sa.CheckConstraint("unit_cost >= 0", name=op.f("ck_part_usages_unit_cost_not_negative")),
        sa.ForeignKeyConstraint(["ticket_id"], ["service_tickets.id"], name=op.f("fk_part_usages_ticket_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["technician_visits.id"], name=op.f("fk_part_usages_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_part_usages")),
    )
    op.create_index(op.f("ix_part_usages_part_sku"), "part_usages", ["part_sku"], unique=False)
    op.create_index(op.f("ix_part_usages_ticket_id"), "part_usages", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_part_usages_visit_id"), "part_usages", ["visit_id"], unique=False)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ticket_history "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _assistant() -> None:
    op.create_table(
        "chat_conversations",
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("escalation", _escalation(), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.UUID(), nullable=True),
        sa.Column("pending", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("ticket_id", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(escalation = 'NONE') = (escalated_at IS NULL)", name=op.f("ck_chat_conversations_escalation_dated")
        ),
        sa.CheckConstraint(
            "(handled_at IS NULL) = (handled_by IS NULL)", name=op.f("ck_chat_conversations_handled_by_somebody")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["service_tickets.id"], name=op.f("fk_chat_conversations_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_conversations")),
    )
    op.create_index(op.f("ix_chat_conversations_patient_id"), "chat_conversations", ["patient_id"], unique=False)
    op.create_index(op.f("ix_chat_conversations_user_id"), "chat_conversations", ["user_id"], unique=False)
    op.create_index(
        "ix_chat_conversations_waiting",
        "chat_conversations",
        ["id"],
        unique=False,
        postgresql_where=sa.text("escalated_at IS NOT NULL AND handled_at IS NULL"),
    )
    op.create_table(
        "chat_messages",
        sa.Column("conversation_id", sa.UUID(), nullable=False),
        sa.Column(
            "author",
            sa.Enum("USER", "ASSISTANT", name="author", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column(
            "intent",
            sa.Enum(
                "CASE_STATUS",
                "TICKET",
                "APPOINTMENT",
                "FAQ",
                "OTHER",
                name="intent",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("escalation", _escalation(), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=True),
        sa.Column("template_id", sa.String(length=100), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["chat_conversations.id"], name=op.f("fk_chat_messages_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_messages")),
    )
    # A new key wraps what encrypts a message, and leaves the message itself, the last part, as it was sealed. An
    # erasure takes it away whole, for good.
    op.execute(
        "CREATE FUNCTION refuse_all_but_another_key() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' AND (NEW.text IS NULL OR split_part(NEW.text, '.', 4) = split_part(OLD.text, '.', 4)) "
        "AND to_jsonb(NEW) - 'text' = to_jsonb(OLD) - 'text' THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$"
    )
    op.create_index("ix_chat_messages_conversation_id_id", "chat_messages", ["conversation_id", "id"], unique=False)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON chat_messages "
        "FOR EACH ROW EXECUTE FUNCTION refuse_all_but_another_key()"
    )
    _what_the_assistant_knows()


def _what_the_assistant_knows() -> None:
    op.create_table(
        "known_cases",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("case_number", sa.String(length=30), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "INTAKE_RECEIVED",
                "DOCUMENTS_PENDING",
                "DOCUMENTS_COMPLETE",
                "UNDER_REVIEW",
                "QUOTE_PENDING",
                "QUOTE_READY",
                "PATIENT_APPROVAL_PENDING",
                "READY_TO_SUBMIT",
                "SUBMITTED_TO_CPAM",
                "CPAM_PENDING",
                "CPAM_APPROVED",
                "CPAM_REJECTED",
                "DELIVERY_SCHEDULED",
                "DELIVERED",
                "MAINTENANCE_ACTIVE",
                "CLOSED",
                "CANCELLED",
                name="case_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_known_cases")),
        sa.UniqueConstraint("case_number", name=op.f("uq_known_cases_case_number")),
    )
    op.create_index(op.f("ix_known_cases_patient_id"), "known_cases", ["patient_id"], unique=False)
    op.create_table(
        "knowledge",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("asked_fr", sa.String(), nullable=False),
        sa.Column("text_fr", sa.String(), nullable=False),
        sa.Column("asked_en", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        _search("fr", "french"),
        _search("en", "english"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge")),
    )
    op.create_index("ix_knowledge_search_en", "knowledge", ["search_en"], unique=False, postgresql_using="gin")
    op.create_index("ix_knowledge_search_fr", "knowledge", ["search_fr"], unique=False, postgresql_using="gin")


def _escalation() -> sa.Enum:
    return sa.Enum("NONE", "HUMAN", "HOTLINE", name="escalation", native_enum=False, create_constraint=True, length=40)


def _search(language: str, configuration: str) -> sa.Column[str]:
    expression = (
        f"setweight(to_tsvector('{configuration}', asked_{language}), 'A') "
        f"|| setweight(to_tsvector('{configuration}', text_{language}), 'D')"
    )
    return sa.Column(f"search_{language}", postgresql.TSVECTOR(), sa.Computed(expression, persisted=True))
