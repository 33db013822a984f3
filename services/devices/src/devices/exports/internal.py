"""What identity gathers for a patient (`/internal/v1`)."""

from typing import Annotated, Any
from uuid import UUID

from common.http import Cursor, Limit, Page, RequestSession, allow_callers, internal_router, page_of
from common.http.pages import DEFAULT_LIMIT
from fastapi import Depends, Query

from devices.assistant.schemas import ConversationBody, MessageBody
from devices.exports import repository
from devices.exports.schemas import ExportedConversation
from devices.resources import ServiceResources

router = internal_router()


@router.get("/patients/{patient_id}/conversations", response_model=Page[ExportedConversation])
async def conversations_of_patient(
    patient_id: UUID,
    user_id: Annotated[UUID, Query(alias="userId")],
    session: RequestSession,
    resources: ServiceResources,
    cursor: Cursor,
    _caller: Annotated[str, Depends(allow_callers("identity"))],
    limit: Limit = DEFAULT_LIMIT,
) -> dict[str, Any]:
    """What a patient, whose account is `userId`, and their proxies said to the assistant, in clear."""
    found = page_of(await repository.conversations_of(session, patient_id, user_id, cursor, limit), limit)
    said: dict[UUID, list[MessageBody]] = {conversation.id: [] for conversation in found["items"]}
    for message in await repository.messages_of(session, list(said)):
        said[message.conversation_id].append(MessageBody.of(message, resources.cipher))
    found["items"] = [
        ExportedConversation(**ConversationBody.model_validate(one).model_dump(), messages=said[one.id])
        for one in found["items"]
    ]
    return found
