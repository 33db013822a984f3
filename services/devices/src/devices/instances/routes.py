"""`/devices`."""

from typing import Annotated, Any
from uuid import UUID

from common import audit
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.etags import check_if_match, set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Depends, Query, Request, Response

from devices.instances import repository, service
from devices.instances.domain import DeviceStatus
from devices.instances.models import DeviceInstance
from devices.instances.schemas import DeviceBody, DeviceChanges, DeviceFilters, DeviceHistoryBody

router = api_router("devices")


async def _filters(
    patient_id: Annotated[UUID | None, Query(alias="patientId")] = None,
    case_id: Annotated[UUID | None, Query(alias="caseId")] = None,
    product_id: Annotated[UUID | None, Query(alias="productId")] = None,
    serial_number: Annotated[str | None, Query(alias="serialNumber", max_length=100)] = None,
    status: DeviceStatus | None = None,
    is_unsafe: Annotated[bool | None, Query(alias="isUnsafe", description="A safety issue is not settled yet")] = None,
) -> DeviceFilters:
    return DeviceFilters(
        patient_id=patient_id,
        case_id=case_id,
        product_id=product_id,
        serial_number=serial_number,
        status=status,
        is_unsafe=is_unsafe,
    )


@router.get("/devices", response_model=Page[DeviceBody])
async def list_devices(
    filters: Annotated[DeviceFilters, Depends(_filters)],
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """The devices the caller may know of, newest first."""
    found = page_of(await repository.devices(session, actor, filters, cursor, limit), limit)
    if actor.is_staff:
        audit.record(session, "devices", "device.list", "DeviceInstance", filters.patient_id or actor.user_id)
    return found


@router.get("/devices/{device_id}", response_model=DeviceBody)
async def read_device(
    device_id: UUID, actor: CurrentActor, session: RequestSession, response: Response
) -> DeviceInstance:
    """One device."""
    device = await service.read(session, actor, device_id)
    set_etag(response, device.version)
    return device


@router.get("/devices/{device_id}/history", response_model=Page[DeviceHistoryBody])
async def read_history(
    device_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """What became of a device, newest first. What was repaired is told by its tickets."""
    device = await service.read(session, actor, device_id)
    return page_of(await repository.history(session, device.id, cursor, limit), limit)


@router.patch("/devices/{device_id}", response_model=DeviceBody)
async def change_device(
    device_id: UUID,
    body: DeviceChanges,
    actor: CurrentActor,
    session: RequestSession,
    request: Request,
    response: Response,
) -> DeviceInstance:
    """Note where a device stands or how long its warranty lasts, or take it out of service."""
    device = await service.read_to_change(session, actor, device_id)
    check_if_match(request, device.version)
    await service.change(session, actor, device, body)
    await session.flush()
    set_etag(response, device.version)
    return device
