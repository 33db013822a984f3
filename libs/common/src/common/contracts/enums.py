"""Enumerations that cross service boundaries, spelled as the specification spells them."""

from enum import StrEnum


class Role(StrEnum):
    PATIENT = "PATIENT"
    PRESCRIBER = "PRESCRIBER"
    OPS = "OPS"
    BILLING = "BILLING"
    TECHNICIAN = "TECHNICIAN"
    COMPLIANCE_ADMIN = "COMPLIANCE_ADMIN"


STAFF = frozenset({Role.OPS, Role.BILLING, Role.TECHNICIAN, Role.COMPLIANCE_ADMIN})


class UserStatus(StrEnum):
    PENDING_VERIFICATION = "PENDING_VERIFICATION"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    DELETED = "DELETED"


class LinkPurpose(StrEnum):
    """Why a personal link is mailed."""

    VERIFY_EMAIL = "VERIFY_EMAIL"
    RESET_PASSWORD = "RESET_PASSWORD"  # noqa: S105 - a purpose
    STAFF_INVITATION = "STAFF_INVITATION"


class ConsentType(StrEnum):
    HEALTH_DATA = "HEALTH_DATA"
    MARKETING = "MARKETING"
    TERMS_OF_SERVICE = "TERMS_OF_SERVICE"


class DocumentType(StrEnum):
    PRESCRIPTION = "PRESCRIPTION"
    ID_CARD = "ID_CARD"
    CARTE_VITALE = "CARTE_VITALE"
    PROOF_OF_ADDRESS = "PROOF_OF_ADDRESS"
    QUOTE_PDF = "QUOTE_PDF"
    DELIVERY_PROOF = "DELIVERY_PROOF"
    OTHER = "OTHER"


class ScanStatus(StrEnum):
    PENDING = "PENDING"
    CLEAN = "CLEAN"
    INFECTED = "INFECTED"


class ProductCategory(StrEnum):
    """The category a prescription names."""

    MANUAL_WHEELCHAIR = "MANUAL_WHEELCHAIR"
    ELECTRIC_WHEELCHAIR = "ELECTRIC_WHEELCHAIR"
    ACCESSORIES = "ACCESSORIES"


class Priority(StrEnum):
    NORMAL = "NORMAL"
    URGENT = "URGENT"


class CaseStatus(StrEnum):
    INTAKE_RECEIVED = "INTAKE_RECEIVED"
    DOCUMENTS_PENDING = "DOCUMENTS_PENDING"
    DOCUMENTS_COMPLETE = "DOCUMENTS_COMPLETE"
    UNDER_REVIEW = "UNDER_REVIEW"
    QUOTE_PENDING = "QUOTE_PENDING"
    QUOTE_READY = "QUOTE_READY"
    PATIENT_APPROVAL_PENDING = "PATIENT_APPROVAL_PENDING"
    READY_TO_SUBMIT = "READY_TO_SUBMIT"
    SUBMITTED_TO_CPAM = "SUBMITTED_TO_CPAM"
    CPAM_PENDING = "CPAM_PENDING"
    CPAM_APPROVED = "CPAM_APPROVED"
    CPAM_REJECTED = "CPAM_REJECTED"
    DELIVERY_SCHEDULED = "DELIVERY_SCHEDULED"
    DELIVERED = "DELIVERED"
    MAINTENANCE_ACTIVE = "MAINTENANCE_ACTIVE"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class GatewayType(StrEnum):
    INFIMAX = "INFIMAX"
    VEGA = "VEGA"
    LGPI = "LGPI"
    MANUAL = "MANUAL"


class ClaimStatus(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    PARTIAL_PAYMENT = "PARTIAL_PAYMENT"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    RESUBMITTED = "RESUBMITTED"


class ReturnType(StrEnum):
    NOEMIE = "NOEMIE"
    ARO = "ARO"
    ARL = "ARL"
    AUTRE = "AUTRE"


class ClaimDocumentRole(StrEnum):
    PRESCRIPTION = "PRESCRIPTION"
    ID = "ID"
    CARTE_VITALE = "CARTE_VITALE"
    QUOTE = "QUOTE"
    OTHER = "OTHER"


class ContractType(StrEnum):
    """The maintenance forfait of a device."""

    MANUAL = "MANUAL"
    ELECTRIC = "ELECTRIC"


class Severity(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class Escalation(StrEnum):
    """To whom the assistant sends somebody."""

    NONE = "NONE"
    HUMAN = "HUMAN"
    HOTLINE = "HOTLINE"


class VisitOutcome(StrEnum):
    COMPLETED = "COMPLETED"
    RESCHEDULED = "RESCHEDULED"
    NO_SHOW = "NO_SHOW"
    PARTS_NEEDED = "PARTS_NEEDED"


class Channel(StrEnum):
    EMAIL = "EMAIL"
    SMS = "SMS"
