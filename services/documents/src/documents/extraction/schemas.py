"""HTTP bodies of what documents say."""

from typing import Annotated

from common.http import Schema
from pydantic import Field, StringConstraints

from documents.extraction import domain

Value = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Confirmation(Schema):
    """What a person read; null takes a value back."""

    values: Annotated[dict[domain.Field, Value | None], Field(min_length=1)]
