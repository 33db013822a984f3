"""What the daily check does about one contract."""

from typing import Any
from uuid import UUID

from common import audit
from common.clock import today
from common.contracts.devices import ContractExpiredV1, ContractRenewalDueV1, ContractServiceDueV1
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from devices.instances import repository as devices
from devices.maintenance import repository
from devices.maintenance.domain import ContractDates, ContractStatus, Upkeep, UpkeepRules, upkeep
from devices.maintenance.models import MaintenanceContract


async def check(session: AsyncSession, contract_id: UUID, rules: UpkeepRules, *, remind: bool) -> None:
    """Remind of a renewal or a service that is coming, or end the contract; safe to repeat.

    Without `remind` nobody is reminded, and a date that passes meanwhile is not reminded of later.
    """
    device_id = await repository.device_of(session, contract_id)
    device = await devices.locked(session, device_id) if device_id else None
    contract = await repository.locked(session, contract_id)
    if device is None or contract is None or contract.status is not ContractStatus.ACTIVE:
        return
    about = {
        "case_id": device.case_id,
        "device_id": device.id,
        "patient_id": device.patient_id,
        "contract_id": contract.id,
    }
    for step in upkeep(_dates(contract), today(), rules):
        if step is Upkeep.EXPIRE:
            _expire(session, contract, about)
        elif remind:
            _remind(session, contract, step, about, rules)


def _dates(contract: MaintenanceContract) -> ContractDates:
    return ContractDates(
        contract.renewal_date, contract.renewal_reminded_for, contract.served_since, contract.service_reminded_since
    )


def _expire(session: AsyncSession, contract: MaintenanceContract, about: dict[str, Any]) -> None:
    before = {"status": contract.status}
    contract.status = ContractStatus.EXPIRED
    outbox.record(session, ContractExpiredV1(**about), of=contract)
    changes = audit.changed(before, {"status": contract.status})
    audit.record(session, "devices", "maintenance-contract.expire", "MaintenanceContract", contract.id, changes)


def _remind(
    session: AsyncSession, contract: MaintenanceContract, step: Upkeep, about: dict[str, Any], rules: UpkeepRules
) -> None:
    if step is Upkeep.REMIND_OF_RENEWAL:
        contract.renewal_reminded_for = contract.renewal_date
        outbox.record(session, ContractRenewalDueV1(**about, renewal_date=contract.renewal_date), of=contract)
    else:
        contract.service_reminded_since = contract.served_since
        service_date = rules.next_service(contract.served_since)
        outbox.record(session, ContractServiceDueV1(**about, service_date=service_date), of=contract)
