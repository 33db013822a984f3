"""HTTP bodies of deliveries."""

from typing import Annotated, Self
from uuid import UUID

from common.http import Schema, UtcDateTime
from pydantic import Field, model_validator


class Appointment(Schema):
    scheduled_at: UtcDateTime


class HandedOver(Schema):
    product_id: UUID
    serial_number: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]( ?[\x21-\x7e])*$")]


class Delivery(Schema):
    """What was handed over, when, and the signed proof. No serial number is named twice."""

    items: Annotated[list[HandedOver], Field(min_length=1, max_length=100)]
    delivered_at: UtcDateTime
    proof_document_id: UUID

    @model_validator(mode="after")
    def _serial_numbers_differ(self) -> Self:
        if len({item.serial_number for item in self.items}) < len(self.items):
            raise ValueError("a serial number is named twice")
        return self
