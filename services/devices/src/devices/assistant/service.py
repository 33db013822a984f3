"""Use cases of the assistant."""

from datetime import datetime
from uuid import UUID

from common import audit, consents, flags
from common.auth import Actor
from common.clock import now
from common.contracts.devices import ConversationEscalatedV1
from common.contracts.enums import Escalation
from common.crypto import Cipher
from common.errors import Conflict, NotFound, Unavailable
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from devices.assistant import dialogue, policies, repository
from devices.assistant.models import Asked, Author, ChatMessage, Conversation
from devices.assistant.turn import Said, Turn
from devices.assistant.understanding import Reading
from devices.settings import DevicesSettings

FLAG = "chatbot.enabled"
_RANK = list(Escalation)


def require_enabled() -> None:
    """`Unavailable` while the assistant is switched off; what was said before stays readable."""
    if not flags.enabled(FLAG):
        raise Unavailable("The assistant is switched off", code="SYS_ASSISTANT_OFF")


async def start(session: AsyncSession, actor: Actor, patient_id: UUID | None) -> Conversation:
    """Begin a conversation; `BrokenRule` without the patient's consent."""
    about = policies.patient_of(actor, patient_id)
    await consents.require(session, about)
    conversation = Conversation(user_id=actor.user_id, patient_id=about, escalation=Escalation.NONE)
    session.add(conversation)
    await session.flush()
    audit.record(session, "devices", "conversation.create", "Conversation", conversation.id)
    return conversation


async def read(session: AsyncSession, actor: Actor, conversation_id: UUID) -> Conversation:
    """One conversation; `NotFound` when the actor may not know of it. A read by staff is audited."""
    conversation = await repository.conversation(session, actor, conversation_id)
    if conversation is None:
        raise NotFound("Conversation")
    if actor.is_staff:
        audit.record(session, "devices", "conversation.read", "Conversation", conversation.id)
    return conversation


async def say(
    session: AsyncSession,
    actor: Actor,
    conversation_id: UUID,
    text: str,
    reading: Reading,
    settings: DevicesSettings,
    cipher: Cipher,
) -> tuple[ChatMessage, Said]:
    """Answer a message; both are kept. `NotFound`, `Forbidden` for a conversation of somebody else, `BrokenRule`."""
    conversation = await repository.conversation(session, actor, conversation_id, lock=True)
    if conversation is None:
        raise NotFound("Conversation")
    policies.may_talk(actor, conversation)
    await consents.require(session, conversation.patient_id)
    said = await dialogue.respond(Turn(session, actor, conversation, text, reading, settings))
    _keep(session, cipher, conversation, said, text)
    answer = _keep(session, cipher, conversation, said, None)
    _escalate(session, conversation, said.escalation)
    await session.flush()
    audit.record(session, "devices", "conversation.message", "Conversation", conversation.id)
    return answer, said


def _keep(
    session: AsyncSession, cipher: Cipher, conversation: Conversation, said: Said, text: str | None
) -> ChatMessage:
    """Keep what a user wrote; without a `text`, what was answered."""
    message = ChatMessage(
        id=new_id(),
        conversation_id=conversation.id,
        author=Author.ASSISTANT if text is None else Author.USER,
        intent=said.intent,
        escalation=said.escalation,
        rule=said.rule if text is not None else None,
        template_id=said.reply.template_id if text is None else None,
        template_version=said.reply.version if text is None else None,
    )
    message.text = cipher.encrypt(said.reply.text if text is None else text, message.text_cell)
    session.add(message)
    return message


def _escalate(session: AsyncSession, conversation: Conversation, to: Escalation) -> None:
    """Hand a conversation over: told again only when it becomes more urgent, or was handled meanwhile."""
    if to is Escalation.NONE:
        return
    more_urgent = _RANK.index(to) > _RANK.index(conversation.escalation)
    if not more_urgent and conversation.handled_at is None:
        return
    conversation.escalation = to if more_urgent else conversation.escalation
    conversation.escalated_at = now()
    conversation.handled_at = conversation.handled_by = None
    event = ConversationEscalatedV1(
        conversation_id=conversation.id,
        user_id=conversation.user_id,
        patient_id=conversation.patient_id,
        escalation=to,
    )
    outbox.record(session, event, of=conversation)


async def hand_over_left_open(session: AsyncSession, before: datetime, limit: int) -> int:
    """Give to a human, with the question, what has waited since then for an answer whether there is danger."""
    found = await repository.left_open(session, before, limit)
    for conversation in found:
        conversation.pending = {**(conversation.pending or {}), "ask": Asked.DANGER.value}
        _escalate(session, conversation, Escalation.HUMAN)
        audit.record(session, "devices", "conversation.hand-over", "Conversation", conversation.id)
    await session.flush()
    return len(found)


async def handled(session: AsyncSession, actor: Actor, conversation_id: UUID) -> Conversation:
    """A human has taken care of a conversation; `Conflict` when it waits for none."""
    policies.may_handle(actor)
    conversation = await repository.conversation(session, actor, conversation_id, lock=True)
    if conversation is None:
        raise NotFound("Conversation")
    if conversation.handled_at is not None:
        raise Conflict("The conversation waits for nobody", code="BIZ_CONVERSATION_HANDLED")
    conversation.handled_at, conversation.handled_by = now(), actor.user_id
    await session.flush()
    audit.record(session, "devices", "conversation.handle", "Conversation", conversation.id)
    return conversation
