"""HTTP bodies of the timeline."""

from typing import Any
from uuid import UUID

from common.http import Schema, UtcDateTime


class TimelineItem(Schema):
    """One event: `type` is its name, `data` what it carries (ids, codes, amounts and states)."""

    id: UUID
    type: str
    service: str
    occurred_at: UtcDateTime
    actor_id: UUID | None
    summary: str
    data: dict[str, Any]
