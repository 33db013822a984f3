"""HTTP bodies of proxies."""

from typing import Self
from uuid import UUID

from common.clock import now
from common.http import Schema, UtcDateTime
from pydantic import model_validator

from identity.proxies.models import ProxyKind, ProxyStatus


class NewProxy(Schema):
    """Without `validUntil`, for an indefinite time."""

    proxy_user_id: UUID
    relationship: ProxyKind
    consent_document_id: UUID
    valid_from: UtcDateTime
    valid_until: UtcDateTime | None = None

    @model_validator(mode="after")
    def _ends_later(self) -> Self:
        if self.valid_until is not None and self.valid_until <= max(self.valid_from, now()):
            raise ValueError("validUntil must be in the future and after validFrom")
        return self


class ProxyBody(Schema):
    id: UUID
    patient_id: UUID
    proxy_user_id: UUID
    relationship: ProxyKind
    consent_document_id: UUID
    valid_from: UtcDateTime
    valid_until: UtcDateTime | None
    status: ProxyStatus
    created_at: UtcDateTime
