"""`/notifications/preferences`, and the way out that an optional mail carries, `/notifications/unsubscribe`."""

from typing import Annotated

from common.http import CurrentActor, RequestSession, api_router
from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from notifications.preferences import service
from notifications.preferences.schemas import PreferencesBody

router = api_router("notification preferences", prefix="/notifications")

Key = Annotated[str, Query(max_length=200, description="The key in the mail's link")]
_SAFE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"}
_SAFE |= {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@router.get("/preferences")
async def read_preferences(actor: CurrentActor, session: RequestSession) -> PreferencesBody:
    """What the caller wants to get."""
    return PreferencesBody(reminders=await service.wants_reminders(session, actor.user_id))


@router.put("/preferences")
async def choose_preferences(body: PreferencesBody, actor: CurrentActor, session: RequestSession) -> PreferencesBody:
    """Change it for the caller."""
    return PreferencesBody(reminders=await service.choose(session, actor.user_id, reminders=body.reminders))


@router.get("/unsubscribe", response_class=HTMLResponse)
async def ask_to_unsubscribe(request: Request, key: Key) -> HTMLResponse:
    """The page behind the link. It changes nothing: mail programs and scanners open links by themselves."""
    resources = request.app.state.resources
    return HTMLResponse(resources.renderer.page("unsubscribe", key=key), headers=_SAFE)


@router.post("/unsubscribe", response_class=HTMLResponse)
async def unsubscribe(request: Request, key: Key, session: RequestSession) -> HTMLResponse:
    """End optional messages, by the page's button or a mail program's own (RFC 8058)."""
    resources = request.app.state.resources
    await service.unsubscribe_by_key(session, resources.blind_index, key)
    return HTMLResponse(resources.renderer.page("unsubscribed"), headers=_SAFE)
