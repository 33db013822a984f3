"""The tables of the documents service."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from common.db.messaging import install_messaging
from sqlalchemy.dialects import postgresql

revision: str = "4ae4bbc10620"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "health_consents",
        sa.Column("consent_id", sa.UUID(), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_health_consents")),
    )
    op.create_index(op.f("ix_health_consents_patient_id"), "health_consents", ["patient_id"], unique=False)
    op.create_table(
        "break_glass_grants",
        sa.Column("grant_id", sa.UUID(), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("user_id", sa.UUID(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_break_glass_grants")),
    )
    op.create_index(op.f("ix_break_glass_grants_user_id"), "break_glass_grants", ["user_id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("owner_id", sa.UUID(), nullable=True),
        sa.Column(
            "owner_type",
            sa.Enum(
                "PATIENT",
                "PRESCRIBER",
                "STAFF",
                name="owner_type",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("patient_id", sa.UUID(), nullable=True),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.Column("quote_id", sa.UUID(), nullable=True),
        sa.Column("delivery_of", sa.UUID(), nullable=True),
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
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("mime_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column(
            "bucket",
            sa.Enum(
                "DOCUMENTS",
                "GENERATED",
                "SIGNATURES",
                name="bucket",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.Column("sha256_hash", sa.String(length=64), nullable=True),
        sa.Column("metadata", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("thumbnail_key", sa.String(length=200), nullable=True),
        sa.Column("multipart_upload", sa.Text(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "scan_status",
            sa.Enum(
                "PENDING", "CLEAN", "INFECTED", name="scan_status", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("scan_completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scan_queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("legal_hold_reason", sa.String(length=500), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(scan_status = 'PENDING') = (scan_completed_at IS NULL)", name=op.f("ck_documents_scan_completed")
        ),
        sa.CheckConstraint(
            "scan_status = 'PENDING' OR uploaded_at IS NOT NULL", name=op.f("ck_documents_scanned_is_uploaded")
        ),
        sa.CheckConstraint("sha256_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_documents_sha256_hash_hexadecimal")),
        sa.CheckConstraint("purged_at IS NULL OR deleted_at IS NOT NULL", name=op.f("ck_documents_purged_is_deleted")),
        sa.CheckConstraint("size_bytes BETWEEN 1 AND 52428800", name=op.f("ck_documents_size_bytes_range")),
        sa.CheckConstraint(
            "uploaded_at IS NULL OR sha256_hash IS NOT NULL", name=op.f("ck_documents_uploaded_is_measured")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("delivery_of", name=op.f("uq_documents_delivery_of")),
        sa.UniqueConstraint("quote_id", name=op.f("uq_documents_quote_id")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_documents_storage_key")),
    )
    op.create_index(op.f("ix_documents_case_id"), "documents", ["case_id"], unique=False)
    op.create_index(op.f("ix_documents_document_type"), "documents", ["document_type"], unique=False)
    op.create_index("ix_documents_metadata", "documents", ["metadata"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_documents_not_uploaded", "documents", ["id"], unique=False, postgresql_where=sa.text("uploaded_at IS NULL")
    )
    op.create_index(op.f("ix_documents_owner_id"), "documents", ["owner_id"], unique=False)
    op.create_index(op.f("ix_documents_owner_type"), "documents", ["owner_type"], unique=False)
    op.create_index(op.f("ix_documents_patient_id"), "documents", ["patient_id"], unique=False)
    op.create_index(
        "ix_documents_present",
        "documents",
        ["patient_id", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(op.f("ix_documents_scan_status"), "documents", ["scan_status"], unique=False)
    op.create_index(op.f("ix_documents_sha256_hash"), "documents", ["sha256_hash"], unique=False)
    op.create_index(
        "ix_documents_to_purge",
        "documents",
        ["deleted_at"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL AND purged_at IS NULL"),
    )
    op.create_index(
        "ix_documents_to_scan",
        "documents",
        ["scan_queued_at"],
        unique=False,
        postgresql_where=sa.text("scan_status = 'PENDING' AND uploaded_at IS NOT NULL AND deleted_at IS NULL"),
    )
    op.create_table(
        "known_cases",
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("prescriber_id", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_known_cases")),
    )
    op.create_index(op.f("ix_known_cases_patient_id"), "known_cases", ["patient_id"], unique=False)
    op.create_index(op.f("ix_known_cases_prescriber_id"), "known_cases", ["prescriber_id"], unique=False)
    op.create_table(
        "patient_activity",
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("patient_id", name=op.f("pk_patient_activity")),
    )
    op.create_table(
        "prescription_documents",
        sa.Column("prescription_id", sa.UUID(), nullable=False),
        sa.Column("document_id", sa.UUID(), nullable=False),
        sa.Column("patient_id", sa.UUID(), nullable=False),
        sa.Column("prescriber_id", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("prescription_id", name=op.f("pk_prescription_documents")),
    )
    op.create_index(
        op.f("ix_prescription_documents_document_id"), "prescription_documents", ["document_id"], unique=False
    )
    op.create_index(
        op.f("ix_prescription_documents_prescriber_id"), "prescription_documents", ["prescriber_id"], unique=False
    )
    op.create_table(
        "ticket_assignments",
        sa.Column("ticket_id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("technician_id", sa.UUID(), nullable=False),
        sa.Column("ticket_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_assignments")),
    )
    op.create_index(op.f("ix_ticket_assignments_case_id"), "ticket_assignments", ["case_id"], unique=False)
    op.create_index(op.f("ix_ticket_assignments_technician_id"), "ticket_assignments", ["technician_id"], unique=False)
    install_messaging(op)
