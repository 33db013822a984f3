"""Looking at the templates, as they are and as they were."""

from collections.abc import Sequence

from common.auth import Actor
from common.errors import BrokenRule, NotFound
from common.events.retry import PermanentError
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.catalogue import policies, repository
from notifications.catalogue.domain import LANGUAGES, TEMPLATES, Language, Template, TemplateId
from notifications.catalogue.models import TemplateVersion
from notifications.catalogue.rendering import Renderer
from notifications.catalogue.schemas import PreviewBody, TemplateBody


def list_templates(renderer: Renderer, actor: Actor) -> list[TemplateBody]:
    """Every template, by id."""
    policies.may_look(actor)
    return [_described(renderer, identifier, TEMPLATES[identifier]) for identifier in sorted(TEMPLATES)]


async def list_versions(session: AsyncSession, actor: Actor, identifier: str) -> Sequence[TemplateVersion]:
    """The versions of a template that messages were sent by, the latest first. `NotFound`."""
    policies.may_look(actor)
    return await repository.versions(session, _known(identifier))


async def preview(
    session: AsyncSession, renderer: Renderer, actor: Actor, identifier: str, language: Language, version: str | None
) -> PreviewBody:
    """A template with its sample data, in every channel it is offered in; in an earlier `version` where one is named.

    `NotFound` for what there is not; `BrokenRule` for a version that today's sample data no longer fits.
    """
    policies.may_look(actor)
    template = _known(identifier)
    if version is not None and version != renderer.version(template):
        kept = await repository.version(session, template, version)
        if kept is None:
            raise NotFound("Notification template version")
        renderer = renderer.over(kept.files)
    try:
        message = renderer.preview(template, language)
    except PermanentError as error:
        raise BrokenRule("Today's sample data does not fit that version", code="BIZ_TEMPLATE_VERSION") from error
    return PreviewBody(
        id=template,
        version=renderer.version(template),
        language=language,
        subject=message.subject or None,
        html=message.html or None,
        text=message.text or None,
        sms=message.sms or None,
        sample=TEMPLATES[template].sample.model_dump(mode="json", by_alias=True),
    )


def _known(identifier: str) -> TemplateId:
    try:
        return TemplateId(identifier)
    except ValueError:
        raise NotFound("Notification template") from None


def _described(renderer: Renderer, identifier: TemplateId, template: Template) -> TemplateBody:
    return TemplateBody(
        id=identifier,
        version=renderer.version(identifier),
        channels=sorted(template.channels),
        languages=list(LANGUAGES),
        context_schema=template.context.model_json_schema(by_alias=True),
        sample=template.sample.model_dump(mode="json", by_alias=True),
    )
