"""`/notification-templates`."""

from typing import Annotated

from common.http import CurrentActor, EdgeRoute, Page
from fastapi import APIRouter, Depends, Path, Request

from notifications.catalogue import service
from notifications.catalogue.domain import Language
from notifications.catalogue.rendering import Renderer
from notifications.catalogue.schemas import PreviewBody, TemplateBody

router = APIRouter(route_class=EdgeRoute, tags=["notification templates"])


def _renderer(request: Request) -> Renderer:
    renderer: Renderer = request.app.state.resources.renderer
    return renderer


@router.get("/notification-templates")
async def list_templates(actor: CurrentActor) -> Page[TemplateBody]:
    """Every template; they fit on one page."""
    return Page(items=service.list_templates(actor), next_cursor=None)


@router.get("/notification-templates/{template_id}/preview")
async def preview_template(
    template_id: Annotated[str, Path(max_length=100)],
    actor: CurrentActor,
    renderer: Annotated[Renderer, Depends(_renderer)],
    language: Language = "fr",
) -> PreviewBody:
    """A template rendered with sample data."""
    return service.preview(renderer, actor, template_id, language)
