"""Templates to messages. What a template names and is not told is an error, never a gap in a mail."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from common.clock import now
from common.contracts.enums import Channel
from common.events.retry import PermanentError
from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateError, TemplateNotFound, select_autoescape
from pydantic import ValidationError

from notifications.catalogue.contexts import Context, Digest, DigestItem
from notifications.catalogue.domain import TEMPLATES, Language, TemplateId
from notifications.catalogue.formats import FILTERS, french_spaces, one_line, sms_text
from notifications.catalogue.sources import Sources, read_sources, sources_of, version_of

_SAMPLE_NAME = "Camille"
_SAMPLE_CODE = "482913"


@dataclass(frozen=True, slots=True, repr=False)
class Minted:
    """What identity made for this very message, and nobody keeps: a personal link or a code."""

    link: str | None = None
    code: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A rendered message; the parts its channels have no use for are empty."""

    subject: str = ""
    html: str = ""
    text: str = ""
    sms: str = ""
    unsubscribe: str | None = None


class _Loader(BaseLoader):
    """French files get the spaces that French typography asks for."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool]]:
        if template not in self._sources:
            raise TemplateNotFound(template)
        source, french = self._sources[template], "/fr/" in template or template.startswith("layout/fr.")
        return french_spaces(source) if french else source, None, lambda: True


def _environment(sources: Sources) -> Environment:
    environment = Environment(
        loader=_Loader(sources),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters |= FILTERS
    environment.globals["ui"] = environment.get_template("layout/parts.html").module
    return environment


class Renderer:
    """Renders any template in any language. `app_url` is where people sign in, `hotline` is in E.164."""

    def __init__(self, *, app_url: str, hotline: str, sources: Sources | None = None) -> None:
        self._given = {"app_url": app_url.rstrip("/"), "hotline": hotline}
        self._sources = read_sources() if sources is None else sources
        self._templates = _environment(self._sources)
        self._versions: dict[TemplateId, str] = {}

    def over(self, sources: Sources) -> "Renderer":
        """A renderer of other files, such as those of an earlier version."""
        return Renderer(app_url=self._given["app_url"], hotline=self._given["hotline"], sources=sources)

    def files(self, template: TemplateId) -> Sources:
        """What a template is made of."""
        return sources_of(template, self._sources)

    def version(self, template: TemplateId) -> str:
        """Which version of a template these files are."""
        if template not in self._versions:
            self._versions[template] = version_of(self.files(template))
        return self._versions[template]

    def render(
        self,
        template: TemplateId,
        language: Language,
        context: Mapping[str, Any],
        *,
        first_name: str | None,
        as_proxy: bool,
        minted: Minted,
        channel: Channel,
        unsubscribe: str | None = None,
    ) -> Message:
        """The message for one channel from a context as it is stored (JSON).

        `unsubscribe` is where its recipient ends such messages, for an optional one. `PermanentError` when the context
        lacks what the template needs; names no value.
        """
        try:
            told = TEMPLATES[template].context.model_validate(dict(context))
            variables = self._variables(told, minted, language)
            variables |= {"first_name": first_name, "as_proxy": as_proxy, "unsubscribe": unsubscribe}
            return self._message(template, language, variables, {channel})
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, each["loc"])) for each in error.errors(include_input=False))
            raise PermanentError(f"the context of {template} is not valid: {fields}") from None
        except TemplateError as error:
            raise PermanentError(f"{template} cannot be rendered: {error}") from error

    def preview(self, template: TemplateId, language: Language) -> Message:
        """The message in all its channels, with sample data; `PermanentError` when that does not fit the files."""
        entry, minted = TEMPLATES[template], Minted()
        if entry.link is not None:
            minted = Minted(link=f"{self._given['app_url']}/…", expires_at=now() + timedelta(hours=24))
        elif entry.code:
            minted = Minted(code=_SAMPLE_CODE, expires_at=now() + timedelta(minutes=10))
        variables = self._variables(entry.sample, minted, language) | {"first_name": _SAMPLE_NAME, "as_proxy": False}
        variables["unsubscribe"] = f"{self._given['app_url']}/…" if entry.optional else None
        try:
            return self._message(template, language, variables, entry.channels)
        except TemplateError as error:
            raise PermanentError(f"{template} cannot be rendered: {error}") from error

    def page(self, name: str, **variables: str) -> str:
        """One of the few pages that are opened from a mail, in French and English at once."""
        return self._templates.get_template(f"pages/{name}.html").render(variables)

    def _variables(self, context: Context, minted: Minted, language: Language) -> dict[str, Any]:
        told = {name: getattr(context, name) for name in type(context).model_fields}
        if isinstance(context, Digest):
            told = {"lines": [self._line(item, language) for item in context.items]}
        made = {"link": minted.link, "code": minted.code, "expires_at": minted.expires_at}
        return {**self._given, **told, **{name: value for name, value in made.items() if value is not None}}

    def _line(self, item: DigestItem, language: Language) -> str:
        """What a message says in a digest: its subject."""
        template = TemplateId(item.template_id)
        context = TEMPLATES[template].context.model_validate(item.context)
        variables = {**self._variables(context, Minted(), language), "language": language, "as_proxy": item.as_proxy}
        return one_line(self._templates.get_template(f"{template}/{language}/subject.txt").render(variables))

    def _message(
        self,
        template: TemplateId,
        language: Language,
        variables: dict[str, Any],
        channels: AbstractSet[Channel],
    ) -> Message:
        variables = {**variables, "language": language}

        def part(name: str) -> str:
            return self._templates.get_template(f"{template}/{language}/{name}").render(variables)

        sms = sms_text(part("sms.txt")) if Channel.SMS in channels else ""
        if Channel.EMAIL not in channels:
            return Message(sms=sms)
        subject = variables["subject"] = one_line(part("subject.txt"))
        text = part("body.txt").strip() + "\n"
        return Message(subject, part("body.html"), text, sms, unsubscribe=variables["unsubscribe"])
