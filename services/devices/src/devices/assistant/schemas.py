"""HTTP bodies of the assistant."""

from typing import Annotated, Self
from uuid import UUID

from common.contracts.enums import Escalation
from common.crypto import Cipher
from common.http import Schema, UtcDateTime
from pydantic import Field

from devices.assistant.models import Author, ChatMessage, Intent
from devices.assistant.text import MAX_LENGTH


class NewConversation(Schema):
    """`patientId` for somebody who stands for several patients."""

    patient_id: UUID | None = None


class NewMessage(Schema):
    text: Annotated[str, Field(min_length=1, max_length=MAX_LENGTH)]


class ConversationBody(Schema):
    """`ticketId` is the ticket opened in it; `handledAt` says that a human has taken care of it."""

    id: UUID
    user_id: UUID
    patient_id: UUID
    escalation: Escalation
    escalated_at: UtcDateTime | None
    handled_at: UtcDateTime | None
    handled_by: UUID | None
    ticket_id: UUID | None
    created_at: UtcDateTime
    updated_at: UtcDateTime


class ReplyBody(Schema):
    """An approved template, filled."""

    template_id: str
    version: int
    text: str


class AnswerBody(Schema):
    """What the assistant answers, and to whom it sends the user."""

    id: UUID
    reply: ReplyBody
    intent: Intent
    escalation: Escalation


class MessageBody(Schema):
    """Something said; `text` is null once it was erased. `rule` tells how a user's message was understood."""

    id: UUID
    author: Author
    text: str | None
    intent: Intent
    escalation: Escalation
    rule: str | None
    template_id: str | None
    template_version: int | None
    created_at: UtcDateTime

    @classmethod
    def of(cls, message: ChatMessage, cipher: Cipher) -> Self:
        """The message in clear."""
        columns = {name: getattr(message, name) for name in cls.model_fields if name != "text"}
        text = None if message.text is None else cipher.decrypt(message.text, message.text_cell)
        return cls(**columns, text=text)
