"""HTTP bodies of break-glass."""

from typing import Annotated
from uuid import UUID

from common.http import Schema, UtcDateTime
from pydantic import AfterValidator, Field

from identity.emergencies.domain import SHORTEST_JUSTIFICATION
from identity.security.types import plain_lines


class Emergency(Schema):
    patient_id: UUID
    justification: Annotated[
        str, Field(min_length=SHORTEST_JUSTIFICATION, max_length=2000), AfterValidator(plain_lines)
    ]


class Granted(Schema):
    grant_id: UUID
    expires_at: UtcDateTime
