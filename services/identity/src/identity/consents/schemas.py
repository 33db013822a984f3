"""HTTP bodies of consents."""

from typing import Annotated
from uuid import UUID

from common.contracts.enums import ConsentType
from common.http import Schema, UtcDateTime
from pydantic import AfterValidator, Field

_SEMVER = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]{1,20})?(\+[0-9A-Za-z.-]{1,20})?$"


class NewConsent(Schema):
    consent_type: ConsentType
    version: Annotated[str, Field(max_length=50, pattern=_SEMVER, examples=["1.0.0"])]
    text_hash: Annotated[
        str,
        Field(pattern=r"^[0-9a-fA-F]{64}$", description="SHA-256 of the text, hexadecimal"),
        AfterValidator(str.lower),
    ]


class ConsentBody(Schema):
    id: UUID
    patient_id: UUID
    consent_type: ConsentType
    version: str
    text_hash: str
    ip_address: str
    user_agent: str
    consented_at: UtcDateTime
    withdrawn_at: UtcDateTime | None
