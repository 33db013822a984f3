"""`/devices/{id}/maintenance-contract`, `/maintenance-contracts`."""

from uuid import UUID

from common.http import CurrentActor, RequestSession, api_router
from common.http.etags import set_etag
from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from devices.maintenance import service
from devices.maintenance.models import MaintenanceContract
from devices.maintenance.schemas import Cancellation, ContractBody
from devices.resources import ServiceSettings
from devices.settings import DevicesSettings

router = api_router("maintenance contracts")


async def _body(session: AsyncSession, contract: MaintenanceContract, settings: DevicesSettings) -> ContractBody:
    budget = await service.budget(session, contract, settings.budget_rules)
    return ContractBody.of(contract, budget, settings.upkeep_rules.next_service(contract.served_since))


@router.get("/devices/{device_id}/maintenance-contract", response_model=ContractBody)
async def read_contract(
    device_id: UUID, actor: CurrentActor, session: RequestSession, settings: ServiceSettings, response: Response
) -> ContractBody:
    """The newest maintenance contract of a device, with this year's repair budget."""
    contract = await service.read_of_device(session, actor, device_id)
    set_etag(response, contract.version)
    return await _body(session, contract, settings)


@router.post("/maintenance-contracts/{contract_id}/renew", response_model=ContractBody)
async def renew_contract(
    contract_id: UUID, actor: CurrentActor, session: RequestSession, settings: ServiceSettings
) -> ContractBody:
    """Extend a contract by a year."""
    contract = await service.renew(session, actor, contract_id)
    await session.flush()
    return await _body(session, contract, settings)


@router.post("/maintenance-contracts/{contract_id}/cancel", response_model=ContractBody)
async def cancel_contract(
    contract_id: UUID,
    actor: CurrentActor,
    session: RequestSession,
    settings: ServiceSettings,
    body: Cancellation | None = None,
) -> ContractBody:
    """End a contract for good."""
    contract = await service.cancel(session, actor, contract_id, body.reason if body else None)
    await session.flush()
    return await _body(session, contract, settings)
