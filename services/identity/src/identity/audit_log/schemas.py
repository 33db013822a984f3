"""HTTP bodies of the audit log."""

from typing import Any
from uuid import UUID

from common.contracts.audit import ActorType
from common.http import Schema, UtcDateTime


class AuditEventBody(Schema):
    """`position` counts the entries of the chain from 1; `changes` is `{field: {"before": …, "after": …}}`."""

    id: UUID
    position: int
    service: str
    actor_id: UUID | None
    actor_type: ActorType
    action: str
    object_type: str
    object_id: UUID
    changes: dict[str, Any] | None
    ip_address: str | None
    user_agent: str | None
    request_id: str | None
    timestamp: UtcDateTime


class Verification(Schema):
    """`firstInvalid` is the id of the first entry that does not fit into the chain."""

    valid: bool
    checked: int
    first_invalid: UUID | None
