"""HTTP bodies of the templates."""

from typing import Any

from common.contracts.enums import Channel
from common.http import Schema, UtcDateTime


class TemplateBody(Schema):
    """`version` changes with the wording; `context_schema` is the JSON schema of what the template is told, and
    `sample` fits it."""

    id: str
    version: str
    channels: list[Channel]
    languages: list[str]
    context_schema: dict[str, Any]
    sample: dict[str, Any]


class TemplateVersionBody(Schema):
    """A version that messages were sent by."""

    version: str
    first_sent_at: UtcDateTime


class PreviewBody(Schema):
    """The template rendered with its sample; null where it is not offered in that channel."""

    id: str
    version: str
    language: str
    subject: str | None
    html: str | None
    text: str | None
    sms: str | None
    sample: dict[str, Any]
