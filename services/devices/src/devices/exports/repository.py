"""Queries of exports."""

from collections.abc import Sequence
from uuid import UUID

from common.http.pages import after
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from devices.assistant.models import ChatMessage, Conversation


async def conversations_of(
    session: AsyncSession, patient_id: UUID, user_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[Conversation]:
    """A page of what was said about a patient or by their account, and one more where another page follows."""
    wanted = select(Conversation).where(or_(Conversation.patient_id == patient_id, Conversation.user_id == user_id))
    return (await session.scalars(after(wanted, Conversation.id, cursor, limit))).all()


async def messages_of(session: AsyncSession, conversation_ids: Sequence[UUID]) -> Sequence[ChatMessage]:
    """All that was said in these conversations, oldest first."""
    wanted = select(ChatMessage).where(ChatMessage.conversation_id.in_(conversation_ids)).order_by(ChatMessage.id)
    return (await session.scalars(wanted)).all()
