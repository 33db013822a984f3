"""Queries of erasure."""

from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from devices.assistant.models import ChatMessage, Conversation
from devices.instances.models import DeviceInstance
from devices.tickets.models import ServiceTicket

ERASED = "Effacé"
"""In the place of words that a row has to have."""


async def forget_conversations(session: AsyncSession, patient_id: UUID, user_id: UUID) -> None:
    """Erase what was said about a patient or by their account; which rules answered stays as proof of how."""
    concerned = or_(Conversation.patient_id == patient_id, Conversation.user_id == user_id)
    theirs = select(Conversation.id).where(concerned)
    said = update(ChatMessage).where(ChatMessage.conversation_id.in_(theirs), ChatMessage.text.is_not(None))
    asked = update(Conversation).where(concerned, Conversation.pending.is_not(None))
    for statement in (said.values(text=None), asked.values(pending=None, version=Conversation.version + 1)):
        await session.execute(statement, execution_options={"synchronize_session": False})


async def forget_complaints(session: AsyncSession, patient_id: UUID) -> None:
    """Erase how tickets were described, but of safety issues."""
    of_patient = select(DeviceInstance.id).where(DeviceInstance.patient_id == patient_id)
    plain = update(ServiceTicket).where(
        ServiceTicket.device_id.in_(of_patient), ~ServiceTicket.is_safety_issue, ServiceTicket.description != ERASED
    )
    erased = plain.values(description=ERASED, version=ServiceTicket.version + 1)
    await session.execute(erased, execution_options={"synchronize_session": False})
