"""Tables of the assistant: conversations, their messages, and what it looks things up in."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from common.contracts.enums import CaseStatus, Escalation
from common.crypto import Cell
from common.db import Entity, Versioned, enum_column
from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from devices.tables import Base


class Author(StrEnum):
    USER = "USER"
    ASSISTANT = "ASSISTANT"


class Intent(StrEnum):
    CASE_STATUS = "CASE_STATUS"
    TICKET = "TICKET"
    APPOINTMENT = "APPOINTMENT"
    FAQ = "FAQ"
    OTHER = "OTHER"


class Asked(StrEnum):
    """What the assistant waits to be told."""

    CONFIRM_TICKET = "CONFIRM_TICKET"
    WHICH_DEVICE = "WHICH_DEVICE"
    VISIT_TIME = "VISIT_TIME"
    DANGER = "DANGER"
    """Whether there is danger; a human has the conversation already."""
    DANGER_FIRST = "DANGER_FIRST"
    """The same, before what the user wants is served; nobody has the conversation yet."""


class Conversation(Versioned, Base):
    """`pending` is what the assistant has asked and waits to be told; `ticket_id` what was opened in it."""

    __tablename__ = "chat_conversations"
    __table_args__ = (
        CheckConstraint("(escalation = 'NONE') = (escalated_at IS NULL)", name="escalation_dated"),
        CheckConstraint("(handled_at IS NULL) = (handled_by IS NULL)", name="handled_by_somebody"),
        Index(
            "ix_chat_conversations_waiting",
            "id",
            postgresql_where=text("escalated_at IS NOT NULL AND handled_at IS NULL"),
        ),
        Index(
            "ix_chat_conversations_danger_first",
            "updated_at",
            postgresql_where=text("pending ->> 'ask' = 'DANGER_FIRST'"),
        ),
    )

    user_id: Mapped[UUID] = mapped_column(index=True)
    patient_id: Mapped[UUID] = mapped_column(index=True)
    escalation: Mapped[Escalation] = mapped_column(enum_column(Escalation), default=Escalation.NONE)
    escalated_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[UUID | None]
    pending: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    ticket_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_tickets.id"))


class ChatMessage(Entity, Base):
    """What was said, kept for compliance: rows are only ever added. `text` is ciphertext; None once it was erased.

    Of a user's message `rule` says by which rule it was understood; of an answer the template says where it is from.
    """

    __tablename__ = "chat_messages"
    __table_args__ = (Index("ix_chat_messages_conversation_id_id", "conversation_id", "id"),)

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("chat_conversations.id"))
    author: Mapped[Author] = mapped_column(enum_column(Author))
    text: Mapped[str | None]
    intent: Mapped[Intent] = mapped_column(enum_column(Intent))
    escalation: Mapped[Escalation] = mapped_column(enum_column(Escalation))
    rule: Mapped[str | None] = mapped_column(String(100))
    template_id: Mapped[str | None] = mapped_column(String(100))
    template_version: Mapped[int | None]

    @property
    def text_cell(self) -> Cell:
        """Where `text` lives, authenticated with its ciphertext."""
        return Cell(self.__tablename__, "text", self.id)


class KnownCase(Base):
    """What the assistant may tell about a case; kept up to date by the events of cases."""

    __tablename__ = "known_cases"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[UUID] = mapped_column(index=True)
    case_number: Mapped[str] = mapped_column(String(30), unique=True)
    status: Mapped[CaseStatus] = mapped_column(enum_column(CaseStatus))


class Knowledge(Base):
    """The knowledge base, indexed for search: `asked_…` and `text_…` without accents, as messages are read."""

    __tablename__ = "knowledge"
    __table_args__ = (
        Index("ix_knowledge_search_fr", "search_fr", postgresql_using="gin"),
        Index("ix_knowledge_search_en", "search_en", postgresql_using="gin"),
    )

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    asked_fr: Mapped[str]
    text_fr: Mapped[str]
    asked_en: Mapped[str]
    text_en: Mapped[str]
    search_fr: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('french', asked_fr), 'A') || setweight(to_tsvector('french', text_fr), 'D')",
            persisted=True,
        ),
    )
    search_en: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            "setweight(to_tsvector('english', asked_en), 'A') || setweight(to_tsvector('english', text_en), 'D')",
            persisted=True,
        ),
    )
