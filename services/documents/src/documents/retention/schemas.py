"""HTTP bodies of legal holds."""

from typing import Annotated

from common.http import Schema
from pydantic import Field


class LegalHold(Schema):
    reason: Annotated[str, Field(min_length=10, max_length=500)]
