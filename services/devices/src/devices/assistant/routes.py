"""`/chat/conversations`."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from common import audit
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.pages import DEFAULT_LIMIT
from fastapi import Query

from devices.assistant import repository, service, understanding
from devices.assistant.models import Conversation
from devices.assistant.schemas import (
    AnswerBody,
    ConversationBody,
    MessageBody,
    NewConversation,
    NewMessage,
    ReplyBody,
)
from devices.resources import ServiceResources

router = api_router("assistant")


@router.post("/chat/conversations", status_code=201, response_model=ConversationBody)
async def start_conversation(
    actor: CurrentActor, session: RequestSession, body: NewConversation | None = None
) -> Conversation:
    """Begin a conversation with the assistant."""
    service.require_enabled()
    return await service.start(session, actor, body.patient_id if body else None)


@router.get("/chat/conversations", response_model=Page[ConversationBody])
async def list_conversations(
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    waiting: Annotated[bool | None, Query(description="Handed over, and nobody has taken care of it yet")] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """The caller's conversations; for staff those they may read. Newest first."""
    found = await repository.conversations(session, actor, waiting=waiting, cursor=cursor, limit=limit)
    if actor.is_staff:
        audit.record(session, "devices", "conversation.list", "Conversation", actor.user_id)
    return page_of(found, limit)


@router.get("/chat/conversations/{conversation_id}", response_model=ConversationBody)
async def read_conversation(conversation_id: UUID, actor: CurrentActor, session: RequestSession) -> Conversation:
    """One conversation."""
    return await service.read(session, actor, conversation_id)


@router.post("/chat/conversations/{conversation_id}/handled", response_model=ConversationBody)
async def handle_conversation(conversation_id: UUID, actor: CurrentActor, session: RequestSession) -> Conversation:
    """Say that a human has taken care of a conversation that was handed over."""
    return await service.handled(session, actor, conversation_id)


@router.post("/chat/conversations/{conversation_id}/messages", status_code=201, response_model=AnswerBody)
async def send_message(
    conversation_id: UUID,
    body: NewMessage,
    actor: CurrentActor,
    session: RequestSession,
    resources: ServiceResources,
) -> AnswerBody:
    """Say something to the assistant; it answers by approved templates, and sends to a human or to the hotline."""
    service.require_enabled()
    reading = await asyncio.to_thread(understanding.read, body.text)  # a long message takes its time
    answer, said = await service.say(
        session, actor, conversation_id, body.text, reading, resources.settings, resources.cipher
    )
    reply = ReplyBody.model_validate(said.reply)
    return AnswerBody(id=answer.id, reply=reply, intent=said.intent, escalation=said.escalation)


@router.get("/chat/conversations/{conversation_id}/messages", response_model=Page[MessageBody])
async def list_messages(
    conversation_id: UUID,
    actor: CurrentActor,
    session: RequestSession,
    resources: ServiceResources,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """What was said in a conversation, newest first."""
    conversation = await service.read(session, actor, conversation_id)
    found = page_of(await repository.messages(session, conversation.id, cursor, limit), limit)
    found["items"] = [MessageBody.of(message, resources.cipher) for message in found["items"]]
    return found
