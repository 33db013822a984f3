"""Calls refused with 403, on record."""

from typing import Any
from uuid import UUID

from starlette.requests import Request

from common import audit
from common.auth.actor import Actor


async def note_denial(request: Request, actor: Actor | None) -> None:
    """Put on record that somebody tried what they may not do: on which object, where the path names one."""
    if actor is None:
        return
    resources = request.app.state.resources
    object_id = next(filter(None, map(_as_uuid, request.path_params.values())), actor.user_id)
    async with resources.database.transaction() as session:
        changes = audit.changed({}, {"endpoint": f"{request.method} {request.scope['route'].path}"})
        audit.record(session, resources.service, "access.denied", "Endpoint", object_id, changes)


def _as_uuid(value: Any) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
