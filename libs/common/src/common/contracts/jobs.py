"""Jobs of the queues of section 7.1."""

from typing import ClassVar
from uuid import UUID

from common.events.contract import Job


class DocumentsJob(Job):
    service: ClassVar[str] = "documents"
    queue: ClassVar[str] = "documents"


class ScanDocumentV1(DocumentsJob):
    name: ClassVar[str] = "scan-document"
    document_id: UUID


class ExtractTextV1(DocumentsJob):
    name: ClassVar[str] = "extract-text"
    document_id: UUID


class RenderQuoteV1(DocumentsJob):
    name: ClassVar[str] = "render-quote"
    quote_id: UUID
    case_id: UUID
    patient_id: UUID


class RenderDeliveryNoteV1(DocumentsJob):
    name: ClassVar[str] = "render-delivery-note"
    case_id: UUID
    patient_id: UUID


class NotificationsJob(Job):
    service: ClassVar[str] = "notifications"
    queue: ClassVar[str] = "notifications"


class AddressAnnouncementV1(NotificationsJob):
    """Ask who an announcement is for, and make a notification for each."""

    name: ClassVar[str] = "address-announcement"
    announcement_id: UUID


class DeliverNotificationV1(NotificationsJob):
    name: ClassVar[str] = "deliver-notification"
    notification_id: UUID


class BillingJob(Job):
    service: ClassVar[str] = "billing"
    queue: ClassVar[str] = "billing"


class SubmitClaimV1(BillingJob):
    name: ClassVar[str] = "submit-claim"
    claim_id: UUID
    attempt: int


class SyncClaimV1(BillingJob):
    name: ClassVar[str] = "sync-claim"
    claim_id: UUID


class IngestReturnV1(BillingJob):
    name: ClassVar[str] = "ingest-return"
    return_id: UUID


class MaintenanceJob(Job):
    service: ClassVar[str] = "devices"
    queue: ClassVar[str] = "maintenance"


class CheckContractV1(MaintenanceJob):
    """Remind of what is coming for a maintenance contract, or end it."""

    name: ClassVar[str] = "check-contract"
    contract_id: UUID


class OpenRecallTicketsV1(MaintenanceJob):
    """Open a ticket for every device that a recall concerns."""

    name: ClassVar[str] = "open-recall-tickets"
    recall_id: UUID


class CasesJob(Job):
    service: ClassVar[str] = "cases"
    queue: ClassVar[str] = "cases"


class ImportLpprV1(CasesJob):
    """Read an export of the LPP that was uploaded, and bring the LPPR items up to date by it."""

    name: ClassVar[str] = "import-lppr"
    import_id: UUID


class IdentityJob(Job):
    service: ClassVar[str] = "identity"
    queue: ClassVar[str] = "identity"


class RevokeSessionV1(IdentityJob):
    """Make every service refuse the access tokens of a session that was ended."""

    name: ClassVar[str] = "revoke-session"
    session_id: UUID


class OutdateTokensV1(IdentityJob):
    """Make every service refuse a user's access tokens until they are refreshed."""

    name: ClassVar[str] = "outdate-tokens"
    user_id: UUID
