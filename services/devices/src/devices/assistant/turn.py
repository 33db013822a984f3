"""One turn of a conversation: what was said, and what is answered."""

from dataclasses import dataclass, replace

from common.auth import Actor
from common.contracts.enums import Escalation
from sqlalchemy.ext.asyncio import AsyncSession

from devices.assistant import replies
from devices.assistant.answers import is_bare
from devices.assistant.models import Asked, Conversation, Intent
from devices.assistant.replies import Reply
from devices.assistant.understanding import Reading
from devices.settings import DevicesSettings


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of the assistant."""

    reply: Reply
    intent: Intent
    escalation: Escalation
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What a step of the dialogue works with."""

    session: AsyncSession
    actor: Actor
    conversation: Conversation
    text: str
    reading: Reading
    settings: DevicesSettings

    @property
    def language(self) -> str:
        return self.reading.message.language

    @property
    def words(self) -> frozenset[str]:
        return frozenset(self.reading.message.words)

    @property
    def doubted(self) -> str | None:
        """What was said when the assistant asked, before anything else, whether there is danger."""
        pending = self.conversation.pending or {}
        return pending["description"] if pending.get("ask") == Asked.DANGER_FIRST else None

    @property
    def is_asked_about_danger(self) -> bool:
        """Whether the assistant has asked if there is danger."""
        return (self.conversation.pending or {}).get("ask") in {Asked.DANGER, Asked.DANGER_FIRST}

    @property
    def says_more(self) -> bool:
        """Whether a message that leaves open if there is danger, or what it is about, is more than a bare answer."""
        return self.reading.doubt is not None and not is_bare(self.text)

    def ask(self, question: Asked, **details: str) -> None:
        """Remember what is asked of the user."""
        self.conversation.pending = {"ask": question.value, **details}

    def settle(self) -> None:
        """Nothing is asked any more."""
        self.conversation.pending = None

    def say(self, template_id: str, intent: Intent, escalation: Escalation = Escalation.NONE, **values: str) -> Said:
        """Answer by a template."""
        return self.answer(replies.reply(template_id, self.language, **values), intent, escalation)

    def say_each(self, template_id: str, intent: Intent, values: list[dict[str, str]]) -> Said:
        """Answer by a template, once for each of `values`."""
        each = [replies.reply(template_id, self.language, **one) for one in values]
        text = "\n".join(reply.text for reply in each)
        return self.answer(replace(each[0], text=text), intent)

    def answer(self, reply: Reply, intent: Intent, escalation: Escalation = Escalation.NONE) -> Said:
        """Answer, noting by which rule the message was understood."""
        return Said(reply, intent, escalation, self.reading.rule)
