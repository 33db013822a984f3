"""The audit entry each service publishes, and identity keeps (section 1, AuditEvent)."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from common.events.contract import Event

SERVICES = ("identity", "cases", "documents", "billing", "devices", "notifications")


class ActorType(StrEnum):
    USER = "USER"
    SYSTEM = "SYSTEM"
    INTEGRATION = "INTEGRATION"


class AuditRecorded(Event):
    """Who did what to which entity. `changes` is `{field: {"before": …, "after": …}}`, sensitive values masked."""

    actor_id: UUID | None
    actor_type: ActorType
    action: str
    object_type: str
    object_id: UUID
    changes: dict[str, Any] | None
    ip_address: str | None
    user_agent: str | None
    request_id: str
    occurred_at: datetime


class IdentityAuditRecordedV1(AuditRecorded):
    service: ClassVar[str] = "identity"
    name: ClassVar[str] = "audit.recorded"


class CasesAuditRecordedV1(AuditRecorded):
    service: ClassVar[str] = "cases"
    name: ClassVar[str] = "audit.recorded"


class DocumentsAuditRecordedV1(AuditRecorded):
    service: ClassVar[str] = "documents"
    name: ClassVar[str] = "audit.recorded"


class BillingAuditRecordedV1(AuditRecorded):
    service: ClassVar[str] = "billing"
    name: ClassVar[str] = "audit.recorded"


class DevicesAuditRecordedV1(AuditRecorded):
    service: ClassVar[str] = "devices"
    name: ClassVar[str] = "audit.recorded"


class NotificationsAuditRecordedV1(AuditRecorded):
    service: ClassVar[str] = "notifications"
    name: ClassVar[str] = "audit.recorded"


AUDIT_OF: dict[str, type[AuditRecorded]] = {
    contract.service: contract
    for contract in (
        IdentityAuditRecordedV1,
        CasesAuditRecordedV1,
        DocumentsAuditRecordedV1,
        BillingAuditRecordedV1,
        DevicesAuditRecordedV1,
        NotificationsAuditRecordedV1,
    )
}
