"""Audit entries of every service, itself included."""

from common.contracts.audit import AUDIT_OF, AuditRecorded
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from identity.audit_log import service

log = EventConsumer("identity", "audit")


@log.on(*AUDIT_OF.values())
async def recorded(session: AsyncSession, event: Received[AuditRecorded]) -> None:
    """Append it to the chain."""
    await service.append(session, event)
