"""The tables of the cases service."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from common.db.messaging import install_messaging
from sqlalchemy.dialects import postgresql

revision: str = "d698c8ea73ac"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE SEQUENCE case_numbers")
    op.execute("CREATE SEQUENCE quote_numbers")
    install_messaging(op)
    _catalogue()
    _cases()
    _work_on_cases()
    _quotes()


def _catalogue() -> None:
    op.create_table(
        "product_families",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "MANUAL_WHEELCHAIR",
                "ELECTRIC_WHEELCHAIR",
                "ACCESSORY",
                name="family_category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column(
            "prior_agreement",
            sa.Enum(
                "NONE",
                "STANDARD",
                "ON_QUOTE",
                name="prior_agreement",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("renewal_years", sa.Integer(), nullable=False),
        sa.Column("renewal_years_under_16", sa.Integer(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_families")),
        sa.UniqueConstraint("name", name=op.f("uq_product_families_name")),
    )
    op.create_index(op.f("ix_product_families_category"), "product_families", ["category"], unique=False)
    op.create_index(op.f("ix_product_families_is_active"), "product_families", ["is_active"], unique=False)
    op.create_table(
        "products",
        sa.Column("family_id", sa.UUID(), nullable=False),
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "size",
            sa.Enum(
                "XS", "S", "M", "L", "XL", name="product_size", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("specifications", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("max_user_weight", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("max_user_weight > 0", name=op.f("ck_products_max_user_weight_positive")),
        sa.ForeignKeyConstraint(["family_id"], ["product_families.id"], name=op.f("fk_products_family_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("sku", name=op.f("uq_products_sku")),
    )
    op.create_index("ix_products_active", "products", ["id"], unique=False, postgresql_where=sa.text("is_active"))
    op.create_index(op.f("ix_products_family_id"), "products", ["family_id"], unique=False)
    op.create_index(op.f("ix_products_is_active"), "products", ["is_active"], unique=False)
    op.create_index(op.f("ix_products_size"), "products", ["size"], unique=False)
    op.create_table(
        "lppr_items",
        sa.Column("code", sa.String(length=7), nullable=False),
        sa.Column("label", sa.String(length=500), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("max_price", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("maintenance_forfait", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("code"), "="),
            (sa.text("daterange(valid_from, valid_until, '[]')"), "&&"),
            deferrable="True",
            initially="IMMEDIATE",
            using="gist",
            name="ex_lppr_items_code_validity",
        ),
        sa.CheckConstraint("maintenance_forfait >= 0", name=op.f("ck_lppr_items_maintenance_forfait_not_negative")),
        sa.CheckConstraint("max_price >= 0", name=op.f("ck_lppr_items_max_price_not_negative")),
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_lppr_items_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lppr_items")),
    )
    op.create_index(op.f("ix_lppr_items_category"), "lppr_items", ["category"], unique=False)
    op.create_index(op.f("ix_lppr_items_code"), "lppr_items", ["code"], unique=False)
    op.create_index(op.f("ix_lppr_items_valid_from"), "lppr_items", ["valid_from"], unique=False)
    op.create_table(
        "product_lppr_mappings",
        sa.Column("id", sa.UUID(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("lppr_item_id", sa.UUID(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lppr_item_id"], ["lppr_items.id"], name=op.f("fk_product_lppr_mappings_lppr_item_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_lppr_mappings_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_lppr_mappings")),
        sa.UniqueConstraint(
            "product_id", "lppr_item_id", name=op.f("uq_product_lppr_mappings_product_id_lppr_item_id")
        ),
    )
    op.create_index(
        op.f("ix_product_lppr_mappings_lppr_item_id"), "product_lppr_mappings", ["lppr_item_id"], unique=False
    )
    op.create_index(op.f("ix_product_lppr_mappings_product_id"), "product_lppr_mappings", ["product_id"], unique=False)
    op.create_index(
        "uq_product_lppr_mappings_primary",
        "product_lppr_mappings",
        ["product_id"],
        unique=True,
        postgresql_where=sa.text("is_primary"),
    )
    op.create_table(
        "lppr_imports",
        sa.Column(
            "status",
            sa.Enum(
                "QUEUED",
                "RUNNING",
                "DONE",
                "FAILED",
                name="import_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sha256_hash", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("codes_done", sa.Integer(), nullable=False),
        sa.Column("last_code", sa.String(length=7), nullable=True),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("failure_reason", sa.String(length=500), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lppr_imports")),
    )
    op.create_table(
        "lppr_import_refusals",
        sa.Column("import_id", sa.UUID(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "CODE",
                "DATE",
                "PERIOD",
                "CATEGORY",
                "AMOUNT",
                "LABEL",
                "OVERLAP",
                name="refusal_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["lppr_imports.id"], name=op.f("fk_lppr_import_refusals_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lppr_import_refusals")),
    )
    op.create_index("ix_lppr_import_refusals_import_id", "lppr_import_refusals", ["import_id", "id"], unique=False)


def _cases() -> None:
    op.create_table(
        "prescriptions",
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("prescriber_id", sa.UUID(), nullable=True),
        sa.Column("document_id", sa.UUID(), nullable=False),
        sa.Column("prescription_date", sa.Date(), nullable=False),
        sa.Column("expiration_date", sa.Date(), nullable=True),
        sa.Column(
            "product_category",
            sa.Enum(
                "MANUAL_WHEELCHAIR",
                "ELECTRIC_WHEELCHAIR",
                "ACCESSORIES",
                name="product_category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("clinical_notes", sa.Text(), nullable=True),
        sa.Column(
            "verification_status",
            sa.Enum(
                "PENDING",
                "VERIFIED",
                "REJECTED",
                name="verification_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("verified_by", sa.UUID(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejection_reason", sa.Text(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "expiration_date IS NULL OR expiration_date >= prescription_date", name=op.f("ck_prescriptions_validity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prescriptions")),
    )
    op.create_index(op.f("ix_prescriptions_patient_id"), "prescriptions", ["patient_id"], unique=False)
    op.create_index(op.f("ix_prescriptions_prescriber_id"), "prescriptions", ["prescriber_id"], unique=False)
    op.create_index(op.f("ix_prescriptions_prescription_date"), "prescriptions", ["prescription_date"], unique=False)
    op.create_index(
        "ix_prescriptions_to_verify",
        "prescriptions",
        ["id"],
        unique=False,
        postgresql_where=sa.text("verification_status = 'PENDING'"),
    )
    op.create_index(
        op.f("ix_prescriptions_verification_status"), "prescriptions", ["verification_status"], unique=False
    )
    op.create_index(
        "uq_prescriptions_document_id",
        "prescriptions",
        ["document_id"],
        unique=True,
        postgresql_where=sa.text("verification_status <> 'REJECTED'"),
    )
    op.create_table(
        "cases",
        sa.Column("case_number", sa.String(length=20), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("prescription_id", sa.UUID(), nullable=False),
        sa.Column("prescriber_id", sa.UUID(), nullable=True),
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
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "priority",
            sa.Enum("NORMAL", "URGENT", name="priority", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("assigned_to", sa.UUID(), nullable=True),
        sa.Column("checklist_state", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sla_deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sla_reported", sa.DateTime(timezone=True), nullable=True),
        sa.Column("patient_under_16", sa.Boolean(), nullable=True),
        sa.Column("claim_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_reported", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreement_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejection_reason", sa.Text(), nullable=True),
        sa.Column("delivery_scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery_proof_document_id", sa.UUID(), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["prescription_id"], ["prescriptions.id"], name=op.f("fk_cases_prescription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("case_number", name=op.f("uq_cases_case_number"), postgresql_include=["id"]),
        sa.UniqueConstraint("prescription_id", name=op.f("uq_cases_prescription_id")),
    )
    op.create_index("ix_cases_assigned_to", "cases", ["assigned_to", "status", "id"], unique=False)
    op.create_index(
        "ix_cases_assigned_to_deadline",
        "cases",
        ["assigned_to", "sla_deadline"],
        unique=False,
        postgresql_where=sa.text("sla_deadline IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_checklist_state",
        "cases",
        ["checklist_state"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"checklist_state": "jsonb_path_ops"},
    )
    op.create_index(
        "ix_cases_claim_due",
        "cases",
        ["claim_due"],
        unique=False,
        postgresql_where=sa.text("claim_due IS NOT NULL"),
    )
    op.create_index("ix_cases_created_at", "cases", ["created_at"], unique=False)
    op.create_index(
        "ix_cases_open",
        "cases",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status NOT IN ('CLOSED', 'CANCELLED')"),
    )
    op.create_index(
        "ix_cases_patient_id", "cases", ["patient_id", "id"], unique=False, postgresql_include=["case_number"]
    )
    op.create_index("ix_cases_prescriber_id", "cases", ["prescriber_id", "id"], unique=False)
    op.create_index("ix_cases_priority", "cases", ["priority", "status", "id"], unique=False)
    op.create_index(
        "ix_cases_running_number_trigrams",
        "cases",
        [sa.text("split_part(case_number, '-', 3) gin_trgm_ops")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_cases_sla_deadline",
        "cases",
        ["sla_deadline"],
        unique=False,
        postgresql_where=sa.text("sla_deadline IS NOT NULL"),
    )
    op.create_index(
        "ix_cases_sla_unreported",
        "cases",
        ["sla_deadline"],
        unique=False,
        postgresql_where=sa.text("sla_reported IS DISTINCT FROM sla_deadline AND sla_deadline IS NOT NULL"),
    )
    op.create_index("ix_cases_status", "cases", ["status", "id"], unique=False)
    op.create_table(
        "case_transitions",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column(
            "from_status",
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
                name="from_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_status",
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
                name="to_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_transitions_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_transitions")),
    )
    op.create_index("ix_case_transitions_case_id", "case_transitions", ["case_id", "id"], unique=False)
    op.create_table(
        "case_claims",
        sa.Column("claim_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT",
                "SUBMITTED",
                "PENDING",
                "ACCEPTED",
                "REJECTED",
                "PARTIAL_PAYMENT",
                "PAID",
                "CANCELLED",
                "RESUBMITTED",
                name="claim_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("claim_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_claims_case_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_case_claims")),
    )
    op.create_index(op.f("ix_case_claims_case_id"), "case_claims", ["case_id"], unique=False)
    op.create_table(
        "case_technicians",
        sa.Column("source_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("technician_id", sa.UUID(), nullable=False),
        sa.Column("source_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_technicians_case_id")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_case_technicians")),
    )
    op.create_index(op.f("ix_case_technicians_case_id"), "case_technicians", ["case_id"], unique=False)
    op.create_index("ix_case_technicians_technician_id", "case_technicians", ["technician_id", "case_id"], unique=False)
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
        "ix_emergency_accesses_user_id", "emergency_accesses", ["user_id", "patient_id", "expires_at"], unique=False
    )
    op.create_table(
        "known_documents",
        sa.Column("document_id", sa.UUID(), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=True),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.Column(
            "document_type",
            sa.Enum(
                "PRESCRIPTION",
                "ID_CARD",
                "CARTE_VITALE",
                "PROOF_OF_ADDRESS",
                "QUOTE_PDF",
                "DELIVERY_PROOF",
                "OTHER",
                name="document_type",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "CLEAN",
                "INFECTED",
                "DELETED",
                name="document_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("document_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_known_documents")),
    )
    op.create_index(op.f("ix_known_documents_case_id"), "known_documents", ["case_id"], unique=False)
    op.create_index(op.f("ix_known_documents_patient_id"), "known_documents", ["patient_id"], unique=False)
    op.create_table(
        "timeline_entries",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.Column("prescription_id", sa.UUID(), nullable=True),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.UUID(), nullable=True),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "case_id IS NOT NULL OR prescription_id IS NOT NULL", name=op.f("ck_timeline_entries_about_something")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline_entries")),
    )
    op.create_index("ix_timeline_entries_case_id", "timeline_entries", ["case_id", "occurred_at", "id"], unique=False)
    op.create_index("ix_timeline_entries_prescription_id", "timeline_entries", ["prescription_id"], unique=False)


def _work_on_cases() -> None:
    op.create_table(
        "case_notes",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("author_id", sa.UUID(), nullable=False),
        sa.Column("content", sa.String(length=5000), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_notes_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_notes")),
    )
    op.create_index(op.f("ix_case_notes_author_id"), "case_notes", ["author_id"], unique=False)
    op.create_index("ix_case_notes_case_id", "case_notes", ["case_id", "id"], unique=False)
    op.create_index("ix_case_notes_created_at", "case_notes", ["created_at"], unique=False)
    op.create_table(
        "case_tasks",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column(
            "task_type",
            sa.Enum(
                "DOCUMENT_REQUEST",
                "VERIFICATION",
                "FOLLOW_UP",
                "DELIVERY_SCHEDULE",
                "OTHER",
                name="task_type",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("assigned_to", sa.UUID(), nullable=True),
        sa.Column(
            "assignee_role",
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
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "of_status",
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
            nullable=True,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "IN_PROGRESS",
                "COMPLETED",
                "CANCELLED",
                name="task_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_tasks_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_tasks")),
    )
    op.create_index(op.f("ix_case_tasks_assigned_to"), "case_tasks", ["assigned_to"], unique=False)
    op.create_index("ix_case_tasks_case_id", "case_tasks", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_case_tasks_due_at",
        "case_tasks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status IN ('PENDING', 'IN_PROGRESS')"),
    )
    op.create_index(op.f("ix_case_tasks_status"), "case_tasks", ["status"], unique=False)
    op.create_table(
        "delivered_devices",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("serial_number", sa.String(length=100), nullable=False),
        sa.Column(
            "contract_type",
            sa.Enum("MANUAL", "ELECTRIC", name="contract_type", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("annual_forfait", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_delivered_devices_case_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_delivered_devices_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivered_devices")),
        sa.UniqueConstraint("serial_number", name=op.f("uq_delivered_devices_serial_number")),
    )
    op.create_index(op.f("ix_delivered_devices_case_id"), "delivered_devices", ["case_id"], unique=False)


def _quotes() -> None:
    op.create_table(
        "quotes",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("quote_number", sa.String(length=20), nullable=False),
        sa.Column("quote_version", sa.Integer(), nullable=False),
        sa.Column("total_amount", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("lppr_coverage", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("patient_remainder", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("pdf_document_id", sa.UUID(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT",
                "PENDING_APPROVAL",
                "APPROVED",
                "REJECTED",
                "SUPERSEDED",
                name="quote_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("prescription_date", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.UUID(), nullable=True),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejection_reason", sa.String(length=2000), nullable=True),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "lppr_coverage >= 0 AND patient_remainder >= 0", name=op.f("ck_quotes_amounts_not_negative")
        ),
        sa.CheckConstraint("total_amount = lppr_coverage + patient_remainder", name=op.f("ck_quotes_amounts_add_up")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_quotes_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("case_id", "quote_version", name=op.f("uq_quotes_case_id_quote_version")),
        sa.UniqueConstraint("quote_number", name=op.f("uq_quotes_quote_number")),
    )
    op.create_index(op.f("ix_quotes_case_id"), "quotes", ["case_id"], unique=False)
    op.create_index("ix_quotes_created_at", "quotes", ["created_at"], unique=False)
    op.create_index(op.f("ix_quotes_status"), "quotes", ["status"], unique=False)
    op.create_index(
        "uq_quotes_approved", "quotes", ["case_id"], unique=True, postgresql_where=sa.text("status = 'APPROVED'")
    )
    op.create_table(
        "quote_line_items",
        sa.Column("quote_id", sa.UUID(), nullable=False),
        sa.Column("product_id", sa.UUID(), nullable=False),
        sa.Column("lppr_item_id", sa.UUID(), nullable=False),
        sa.Column("product_name", sa.String(length=200), nullable=False),
        sa.Column("sku", sa.String(length=100), nullable=False),
        sa.Column("lppr_code", sa.String(length=7), nullable=False),
        sa.Column("lppr_label", sa.String(length=500), nullable=False),
        sa.Column("max_price", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("line_total", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("optional", sa.Boolean(), nullable=False),
        sa.Column("sort_order", sa.Integer(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("line_total = quantity * unit_price", name=op.f("ck_quote_line_items_line_total")),
        sa.CheckConstraint(
            "optional OR max_price IS NULL OR unit_price <= max_price", name=op.f("ck_quote_line_items_ceiling")
        ),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_quote_line_items_quantity_positive")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_quote_line_items_unit_price_not_negative")),
        sa.ForeignKeyConstraint(["lppr_item_id"], ["lppr_items.id"], name=op.f("fk_quote_line_items_lppr_item_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_quote_line_items_product_id")),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_quote_line_items_quote_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote_line_items")),
        sa.UniqueConstraint("quote_id", "sort_order", name=op.f("uq_quote_line_items_quote_id_sort_order")),
    )
    op.create_index(op.f("ix_quote_line_items_product_id"), "quote_line_items", ["product_id"], unique=False)
    op.create_index(op.f("ix_quote_line_items_quote_id"), "quote_line_items", ["quote_id"], unique=False)
