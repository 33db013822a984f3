"""What claims, contracts and tickets cause here."""

from typing import Any
from uuid import UUID

from common.contracts.billing import ClaimEvent
from common.contracts.devices import ContractActivatedV1, TicketAssignedV1
from common.contracts.map import CLAIM_PROGRESS
from common.events.consume import EventConsumer
from common.events.envelope import Received
from common.events.retry import PermanentError
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases import repository, technicians
from cases.cases.claims import follow
from cases.cases.domain import Fact
from cases.cases.models import Case
from cases.cases.progress import happened

claims = EventConsumer("cases", "claims")
devices = EventConsumer("cases", "devices")


@claims.on(*CLAIM_PROGRESS)
async def on_claim(session: AsyncSession, event: Received[Any]) -> None:
    """The case goes where its claim went."""
    claim: ClaimEvent = event.data
    case = await _held(session, claim.case_id)
    await follow(session, case, claim, version=event.envelope.aggregateversion, at=event.envelope.time)


@devices.on(ContractActivatedV1)
async def on_contract(session: AsyncSession, event: Received[ContractActivatedV1]) -> None:
    """A delivered case is under maintenance."""
    case = await _held(session, event.data.case_id)
    await happened(session, case, Fact.CONTRACT_ACTIVATED)


@devices.on(TicketAssignedV1)
async def on_ticket(session: AsyncSession, event: Received[TicketAssignedV1]) -> None:
    """The technician of a ticket sees the case of its device."""
    case = await _held(session, event.data.case_id)
    version = event.envelope.aggregateversion
    await technicians.show(session, event.data.ticket_id, case.id, event.data.technician_id, version=version)


async def _held(session: AsyncSession, case_id: UUID) -> Case:
    """The event's case, locked. Cases are made here before anybody hears of them: an unknown one never comes."""
    case = await repository.locked(session, case_id)
    if case is None:
        raise PermanentError(f"no case {case_id}")
    return case
