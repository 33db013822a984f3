"""HTTP bodies of devices."""

from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

from common.http import Changes, Schema, UtcDateTime
from pydantic import Field

from devices.instances.domain import DeviceEventKind, DeviceStatus

Line = Annotated[str, Field(min_length=1, max_length=200)]


class Location(Schema):
    """Where a device stands."""

    label: Line | None = None
    line1: Line | None = None
    line2: Line | None = None
    postal_code: Annotated[str, Field(min_length=1, max_length=12)] | None = None
    city: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")] = "FR"
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None


class DeviceChanges(Changes):
    """`status` takes a device out of service: REPLACED (with `replacedById`) or DECOMMISSIONED."""

    nullable: ClassVar[frozenset[str]] = frozenset({"warranty_end_date", "current_location"})

    status: DeviceStatus | None = None
    replaced_by_id: UUID | None = None
    warranty_end_date: date | None = None
    current_location: Location | None = None


class DeviceFilters(Schema):
    patient_id: UUID | None = None
    case_id: UUID | None = None
    product_id: UUID | None = None
    serial_number: Annotated[str | None, Field(max_length=100)] = None
    status: DeviceStatus | None = None
    is_unsafe: bool | None = None


class DeviceBody(Schema):
    id: UUID
    case_id: UUID
    patient_id: UUID
    product_id: UUID
    product_family: str | None
    serial_number: str
    delivered_at: UtcDateTime
    warranty_end_date: date | None
    status: DeviceStatus
    is_unsafe: bool
    unsafe_since: UtcDateTime | None
    current_location: dict[str, Any] | None
    replaced_by_id: UUID | None
    created_at: UtcDateTime
    updated_at: UtcDateTime


class DeviceHistoryBody(Schema):
    """Something that happened to a device. `details` holds ids, states and names of fields."""

    id: UUID
    kind: DeviceEventKind
    actor_id: UUID | None
    details: dict[str, Any]
    created_at: UtcDateTime
