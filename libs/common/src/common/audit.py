"""Audit entries: recorded in the transaction of what they tell, kept by identity (section 1, AuditEvent)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from common import context
from common.clock import now
from common.contracts.audit import AUDIT_OF, ActorType
from common.events import outbox

MASK = "***"
SENSITIVE = frozenset(
    {
        "nir",
        "carteVitaleNumber",
        "passwordHash",
        "mfaSecret",
        "clinicalNotes",
        "firstName",
        "lastName",
        "dateOfBirth",
        "email",
        "phone",
        "address",
        "mutuelle",
        "emergencyContact",
        "practiceAddress",
        "filename",
        "description",
        "content",
        "notes",
        "text",
        "currentLocation",
        "resolutionNotes",
    }
)


def changed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    """`{field: {"before", "after"}}` for what differs; the values of sensitive fields are masked, not the fact."""
    before, after = before or {}, after or {}
    return {
        field: {"before": _shown(field, before.get(field)), "after": _shown(field, after.get(field))}
        for field in {**before, **after}
        if before.get(field) != after.get(field)
    }


def _shown(field: str, value: Any) -> Any:
    if value is None:
        return None
    return MASK if field in SENSITIVE else value if isinstance(value, str | int | bool) else str(value)


def record(
    session: AsyncSession,
    service: str,
    action: str,
    object_type: str,
    object_id: UUID,
    changes: dict[str, Any] | None = None,
) -> None:
    """Add an audit entry of `service` to the session; who did it is taken from the context.

    `action` is `<entity>.<verb>` such as `case.read` or `quote.approved`.
    """
    cause = context.current()
    entry = AUDIT_OF[service](
        actor_id=cause.actor_id,
        actor_type=ActorType.USER if cause.actor_id else ActorType.SYSTEM,
        action=action,
        object_type=object_type,
        object_id=object_id,
        changes=changes,
        ip_address=cause.ip_address,
        user_agent=cause.user_agent,
        request_id=cause.request_id,
        occurred_at=now(),
    )
    outbox.record(session, entry, of=object_id)
