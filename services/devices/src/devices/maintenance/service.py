"""Use cases of maintenance contracts."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now, today
from common.contracts.devices import ContractActivatedV1, ContractBudgetLowV1
from common.contracts.enums import ContractType
from common.errors import Conflict, NotFound
from common.events import outbox
from common.ids import derived_id
from sqlalchemy.ext.asyncio import AsyncSession

from devices.instances import repository as devices
from devices.instances.models import DeviceInstance
from devices.maintenance import policies, repository
from devices.maintenance.domain import (
    MOVES,
    Budget,
    BudgetRules,
    ContractStatus,
    anniversary,
    forfait_on,
    renewal,
    year_bounds,
)
from devices.maintenance.models import MaintenanceContract


async def activate(
    session: AsyncSession, device: DeviceInstance, contract_type: ContractType, start: date, forfait: Decimal | None
) -> None:
    """Cover a device that was just registered, for a year from `start`; `forfait` None is the one in force then."""
    contract = MaintenanceContract(
        id=derived_id(device.id, f"contract {start}"),
        device_id=device.id,
        contract_type=contract_type,
        start_date=start,
        renewal_date=anniversary(start, 1),
        annual_forfait=forfait
        if forfait is not None
        else forfait_on(await repository.forfaits(session, contract_type), start),
    )
    session.add(contract)
    await session.flush()
    event = ContractActivatedV1(
        case_id=device.case_id,
        device_id=device.id,
        patient_id=device.patient_id,
        contract_id=contract.id,
        contract_type=contract_type,
        renewal_date=contract.renewal_date,
    )
    outbox.record(session, event, of=contract, begins=True)
    audit.record(session, "devices", "maintenance-contract.activate", "MaintenanceContract", contract.id)


async def read_of_device(session: AsyncSession, actor: Actor, device_id: UUID) -> MaintenanceContract:
    """The newest contract of a device the actor may know of; `NotFound`."""
    device = await devices.device(session, actor, device_id)
    if device is None:
        raise NotFound("Device")
    contract = await repository.latest(session, device_id)
    if contract is None:
        raise NotFound("Maintenance contract")
    if actor.is_staff:
        audit.record(session, "devices", "maintenance-contract.read", "MaintenanceContract", contract.id)
    return contract


async def budget(session: AsyncSession, contract: MaintenanceContract, rules: BudgetRules) -> Budget:
    """The repair budget of the contract's device in the present calendar year."""
    year = today().year
    spent = await repository.spent(session, contract.device_id, *year_bounds(year))
    return Budget(year, contract.annual_forfait, spent, rules.warning_percent)


async def consume(session: AsyncSession, device: DeviceInstance, cost: Decimal, rules: BudgetRules) -> Budget | None:
    """The budget after a repair took `cost` of it, which is stored already; None for a device without a contract.

    Whoever follows the device is told once that little is left. The device is locked: costs come one by one.
    """
    contract = await repository.active(session, device.id)
    if contract is None:
        return None
    found = await budget(session, contract, rules)
    if found.became_low_by(cost):
        event = ContractBudgetLowV1(
            case_id=device.case_id,
            device_id=device.id,
            patient_id=device.patient_id,
            contract_id=contract.id,
            year=found.year,
            amount=found.amount,
            consumed=found.consumed,
        )
        outbox.record(session, event, of=contract)
    return found


async def renew(session: AsyncSession, actor: Actor, contract_id: UUID) -> MaintenanceContract:
    """Extend a contract by a year; `Conflict` when it was cancelled, extended before, or its device is retired."""
    device, contract = await _to_manage(session, actor, contract_id)
    if not device.in_service:
        raise Conflict("The device is out of service", code="BIZ_DEVICE_OUT_OF_SERVICE")
    before = _terms(contract)
    amounts = await repository.forfaits(session, contract.contract_type)
    if contract.annual_forfait == forfait_on(amounts, contract.start_date):  # the general one, which may have changed
        contract.annual_forfait = forfait_on(amounts, today())
    contract.renewal_date = renewal(contract.status, contract.start_date, contract.renewal_date, today())
    contract.status = ContractStatus.ACTIVE
    _audit(session, "renew", contract, audit.changed(before, _terms(contract)))
    return contract


def _terms(contract: MaintenanceContract) -> dict[str, object]:
    return {
        "status": contract.status,
        "renewalDate": contract.renewal_date,
        "annualForfait": contract.annual_forfait,
    }


async def cancel(session: AsyncSession, actor: Actor, contract_id: UUID, reason: str | None) -> MaintenanceContract:
    """End a contract for good; `Conflict` when it has ended already."""
    _, contract = await _to_manage(session, actor, contract_id)
    if ContractStatus.CANCELLED not in MOVES[contract.status]:
        raise Conflict("The contract is cancelled already", code="BIZ_CONTRACT_CANCELLED")
    _cancel(session, contract, reason)
    return contract


async def end(session: AsyncSession, device_id: UUID, reason: str) -> None:
    """Cancel the contract in force of a device that leaves service; nothing when it has none."""
    contract = await repository.active(session, device_id)
    if contract is not None:
        _cancel(session, contract, reason)


async def note_service(session: AsyncSession, device_id: UUID) -> None:
    """A device was serviced today: note it on its contract in force, if it has one."""
    contract = await repository.active(session, device_id)
    if contract is not None:
        before, contract.last_service_date = contract.last_service_date, today()
        changes = audit.changed({"lastServiceDate": before}, {"lastServiceDate": contract.last_service_date})
        _audit(session, "serviced", contract, changes)


def _cancel(session: AsyncSession, contract: MaintenanceContract, reason: str | None) -> None:
    before = {"status": contract.status}
    contract.status = ContractStatus.CANCELLED
    contract.cancelled_at = now()
    contract.cancellation_reason = reason
    _audit(session, "cancel", contract, audit.changed(before, {"status": contract.status}))


async def _to_manage(
    session: AsyncSession, actor: Actor, contract_id: UUID
) -> tuple[DeviceInstance, MaintenanceContract]:
    """The contract and its device, locked in the order everybody locks them: device first."""
    policies.may_manage(actor)
    device_id = await repository.device_of(session, contract_id)
    device = await devices.locked(session, device_id) if device_id else None
    contract = await repository.locked(session, contract_id)
    if device is None or contract is None:
        raise NotFound("Maintenance contract")
    return device, contract


def _audit(session: AsyncSession, verb: str, contract: MaintenanceContract, changes: dict[str, object]) -> None:
    audit.record(session, "devices", f"maintenance-contract.{verb}", "MaintenanceContract", contract.id, changes)
