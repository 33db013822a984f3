"""HTTP bodies of the templates."""

from typing import Any

from common.contracts.enums import Channel
from common.http import Schema


class TemplateBody(Schema):
    """`context_schema` is the JSON schema of what the template is told; `sample` fits it."""

    id: str
    channels: list[Channel]
    languages: list[str]
    context_schema: dict[str, Any]
    sample: dict[str, Any]


class PreviewBody(Schema):
    """The template rendered with its sample; null where it is not offered in that channel."""

    id: str
    language: str
    subject: str | None
    html: str | None
    text: str | None
    sms: str | None
    sample: dict[str, Any]
