"""Looking at the templates."""

from common.auth import Actor, require_role
from common.contracts.enums import STAFF
from common.errors import NotFound

from notifications.catalogue.domain import LANGUAGES, TEMPLATES, Language, Template, TemplateId
from notifications.catalogue.rendering import Renderer
from notifications.catalogue.schemas import PreviewBody, TemplateBody


def list_templates(actor: Actor) -> list[TemplateBody]:
    """Every template, by id; for staff."""
    require_role(actor, *STAFF)
    return [_described(identifier, TEMPLATES[identifier]) for identifier in sorted(TEMPLATES)]


def preview(renderer: Renderer, actor: Actor, identifier: str, language: Language) -> PreviewBody:
    """A template with its sample data, in every channel it is offered in; for staff. `NotFound`."""
    require_role(actor, *STAFF)
    if identifier not in {template.value for template in TEMPLATES}:
        raise NotFound("Notification template")
    message = renderer.preview(TemplateId(identifier), language)
    return PreviewBody(
        id=identifier,
        language=language,
        subject=message.subject or None,
        html=message.html or None,
        text=message.text or None,
        sms=message.sms or None,
        sample=TEMPLATES[TemplateId(identifier)].sample.model_dump(mode="json", by_alias=True),
    )


def _described(identifier: TemplateId, template: Template) -> TemplateBody:
    return TemplateBody(
        id=identifier,
        channels=sorted(template.channels),
        languages=list(LANGUAGES),
        context_schema=template.context.model_json_schema(by_alias=True),
        sample=template.sample.model_dump(mode="json", by_alias=True),
    )
