"""`/notification-templates`."""

from collections.abc import Sequence
from typing import Annotated

from common.http import CurrentActor, Page, RequestSession, api_router
from fastapi import Depends, Path, Query, Request

from notifications.catalogue import service
from notifications.catalogue.domain import Language
from notifications.catalogue.models import TemplateVersion
from notifications.catalogue.rendering import Renderer
from notifications.catalogue.schemas import PreviewBody, TemplateBody, TemplateVersionBody

router = api_router("notification templates", prefix="/notification-templates")

Identifier = Annotated[str, Path(max_length=100)]
Version = Annotated[str | None, Query(pattern=r"^[0-9a-f]{12}$", description="An earlier version; today's if none")]


async def _renderer(request: Request) -> Renderer:
    renderer: Renderer = request.app.state.resources.renderer
    return renderer


CurrentRenderer = Annotated[Renderer, Depends(_renderer)]


@router.get("")
async def list_templates(actor: CurrentActor, renderer: CurrentRenderer) -> Page[TemplateBody]:
    """Every template; they fit on one page."""
    return Page(items=service.list_templates(renderer, actor), next_cursor=None)


@router.get("/{template_id}/versions", response_model=Page[TemplateVersionBody])
async def list_versions(
    template_id: Identifier, actor: CurrentActor, session: RequestSession
) -> dict[str, Sequence[TemplateVersion] | None]:
    """The versions of a template that messages were sent by; they fit on one page."""
    return {"items": await service.list_versions(session, actor, template_id), "next_cursor": None}


@router.get("/{template_id}/preview")
async def preview_template(
    template_id: Identifier,
    actor: CurrentActor,
    session: RequestSession,
    renderer: CurrentRenderer,
    language: Language = "fr",
    version: Version = None,
) -> PreviewBody:
    """A template rendered with sample data."""
    return await service.preview(session, renderer, actor, template_id, language, version)
