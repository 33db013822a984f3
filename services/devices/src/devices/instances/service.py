"""Use cases of devices."""

from typing import Any
from uuid import UUID

from common import audit, context
from common.auth import Actor
from common.clock import PARIS, now
from common.contracts.cases import CaseDeliveredV1, DeliveredItem
from common.contracts.devices import DeviceRegisteredV1
from common.errors import BrokenRule, Conflict, Detail, NotFound
from common.events import outbox
from common.events.retry import PermanentError
from common.ids import derived_id
from pydantic.alias_generators import to_camel
from sqlalchemy.ext.asyncio import AsyncSession

from devices.instances import policies, repository
from devices.instances.domain import DeviceEventKind, DeviceStatus, condition, may_retire
from devices.instances.models import SERIAL_LENGTH, DeviceHistory, DeviceInstance
from devices.instances.schemas import DeviceChanges
from devices.maintenance import service as maintenance


async def register_delivery(session: AsyncSession, delivered: CaseDeliveredV1, event_id: UUID) -> None:
    """Register every device of a delivery, with its contract, unless it is registered already.

    Told again of by the same event, to a database that was put back, each gets the id that others know it by.

    `PermanentError` when a serial number is missing, too long, or another case's or product's.
    """
    for position, item in enumerate(delivered.items):
        serial = item.serial_number.strip()
        if not 1 <= len(serial) <= SERIAL_LENGTH:
            raise PermanentError(f"items[{position}] has no serial number of 1 to {SERIAL_LENGTH} characters")
        known = await repository.with_serial(session, serial)
        if known is None:
            await _register(session, delivered, item, serial, derived_id(event_id, serial))
        elif (known.case_id, known.product_id) != (delivered.case_id, item.product_id):
            raise PermanentError(f"the serial number of items[{position}] belongs to device {known.id}")


async def _register(
    session: AsyncSession, delivered: CaseDeliveredV1, item: DeliveredItem, serial: str, device_id: UUID
) -> None:
    device = DeviceInstance(
        id=device_id,
        case_id=delivered.case_id,
        patient_id=delivered.patient_id,
        product_id=item.product_id,
        product_family=item.family_name,
        serial_number=serial,
        delivered_at=delivered.delivered_at,
    )
    session.add(device)
    await session.flush()
    event = DeviceRegisteredV1(
        case_id=device.case_id, device_id=device.id, patient_id=device.patient_id, product_id=device.product_id
    )
    outbox.record(session, event, of=device, begins=True)
    _note(session, device, DeviceEventKind.REGISTERED, caseId=str(device.case_id), serialNumber=serial)
    audit.record(session, "devices", "device.register", "DeviceInstance", device.id)
    if item.contract_type is not None:
        start = delivered.delivered_at.astimezone(PARIS).date()
        await maintenance.activate(session, device, item.contract_type, start, item.annual_forfait)


async def read(session: AsyncSession, actor: Actor, device_id: UUID) -> DeviceInstance:
    """One device; `NotFound` when the actor may not know of it. A read by staff is audited."""
    device = await repository.device(session, actor, device_id)
    if device is None:
        raise NotFound("Device")
    if actor.is_staff:
        audit.record(session, "devices", "device.read", "DeviceInstance", device.id)
    return device


async def read_to_change(session: AsyncSession, actor: Actor, device_id: UUID) -> DeviceInstance:
    """One device, locked; `NotFound`."""
    device = await repository.locked(session, device_id, repository.visible_to(actor))
    if device is None:
        raise NotFound("Device")
    return device


async def change(session: AsyncSession, actor: Actor, device: DeviceInstance, changes: DeviceChanges) -> None:
    """Apply what `changes` sets. Taking a device out of service ends its contract."""
    given = changes.given()
    policies.may_change(actor, given.keys())
    if changes.status is not None and changes.status is not device.status:
        await _retire(session, device, changes)
    elif "replaced_by_id" in given:
        raise BrokenRule("Only a device that becomes REPLACED has a replacement", code="BIZ_NOT_REPLACED")
    values = dict(given)
    if changes.current_location is not None:
        values["current_location"] = changes.current_location.model_dump(mode="json", by_alias=True, exclude_none=True)
    before = {name: getattr(device, name) for name in values}
    _note_changes(session, device, values)
    for name, value in values.items():
        setattr(device, name, value)
    audit.record(session, "devices", "device.update", "DeviceInstance", device.id, _changed(before, values))


def _changed(before: dict[str, object], values: dict[str, object]) -> dict[str, object]:
    """Field names as the audit log spells them, so that it masks where a device stands."""
    return audit.changed(
        {to_camel(name): value for name, value in before.items()},
        {to_camel(name): value for name, value in values.items()},
    )


def _note_changes(session: AsyncSession, device: DeviceInstance, values: dict[str, Any]) -> None:
    """Note a change about to be made: its new state, and the names of other fields."""
    status = values.get("status", device.status)
    if status is not device.status:
        replaced_by = values.get("replaced_by_id")
        _note_status(session, device, status, **({"replacedById": str(replaced_by)} if replaced_by else {}))
    changed = [to_camel(name) for name, value in values.items() if getattr(device, name) != value]
    others = sorted(set(changed) - {"status", "replacedById"})
    if others:
        _note(session, device, DeviceEventKind.CHANGED, fields=others)


def _note_status(session: AsyncSession, device: DeviceInstance, to: DeviceStatus, **details: str) -> None:
    _note(session, device, DeviceEventKind.STATUS_CHANGED, **{"from": device.status.value, "to": to.value}, **details)


def _note(session: AsyncSession, device: DeviceInstance, kind: DeviceEventKind, **details: Any) -> None:
    """Add to a device's history."""
    actor_id = context.current().actor_id
    session.add(DeviceHistory(device_id=device.id, kind=kind, actor_id=actor_id, details=details))


async def _retire(session: AsyncSession, device: DeviceInstance, changes: DeviceChanges) -> None:
    """Check that a device may be taken out of service so, and cancel its contract."""
    to = changes.status or device.status
    if not may_retire(device.status, to):
        message = f"A device that is {device.status} does not become {to} by request"
        detail = Detail("status", "INVALID_TRANSITION", message)
        raise Conflict(message, code="BIZ_INVALID_TRANSITION", details=[detail])
    if await repository.open_tickets(session, device.id):
        raise Conflict("Settle the open tickets of the device first", code="BIZ_DEVICE_HAS_OPEN_TICKETS")
    if (to is DeviceStatus.REPLACED) != (changes.replaced_by_id is not None):
        raise _bad_replacement("A replaced device, and no other, names the one that replaces it")
    if changes.replaced_by_id is not None:
        replacement = await repository.locked(session, changes.replaced_by_id)
        if replacement is None or replacement.patient_id != device.patient_id or replacement.id == device.id:
            raise _bad_replacement("The replacement is not another device of the same patient")
        if not replacement.in_service:
            raise _bad_replacement("The replacement is out of service itself")
    await maintenance.end(session, device.id, f"device {to.lower()}")


def _bad_replacement(message: str) -> BrokenRule:
    detail = Detail("replacedById", "REPLACEMENT", message)
    return BrokenRule(message, code="BIZ_REPLACEMENT", details=[detail])


async def follow_tickets(session: AsyncSession, device: DeviceInstance) -> None:
    """Bring a locked device's state in line with its tickets, flushed before."""
    if device.out_of_service:
        return
    await session.flush()
    found = condition(await repository.open_tickets(session, device.id))
    after = {"status": found.status, "is_unsafe": found.unsafe}
    changes = audit.changed({"status": device.status, "is_unsafe": device.is_unsafe}, after)
    if changes:
        if found.status is not device.status:
            _note_status(session, device, found.status)
        if found.unsafe is not device.is_unsafe:
            _note(session, device, DeviceEventKind.UNSAFE if found.unsafe else DeviceEventKind.SAFE)
        device.status = found.status
        device.unsafe_since = (device.unsafe_since or now()) if found.unsafe else None
        audit.record(session, "devices", "device.update", "DeviceInstance", device.id, changes)
