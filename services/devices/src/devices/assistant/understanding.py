"""What a message is about: guardrails first, then what it wants. Pure; the knowledge base is asked by the caller.

Both are found by a reviewed table and a net that was learned from examples (decision 0013). As guardrails either sends
a message to people; what the two leave in doubt goes to a human, or is asked about where only danger is in doubt.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from devices.assistant import learned, tables
from devices.assistant.learned import Suspicion
from devices.assistant.text import Message

SECONDED = 0.3
"""How likely a message must be about safety or health for a rule of the table that wants to be seconded."""
ALONE = 0.1
"""The same, of the message or a part of it, for any other rule: below, the two leave the message in doubt."""
DANGER = 0.5
"""How likely it must be about safety, for the net to force the hotline by itself."""
GUARDED = 0.75
"""How likely it must be about safety or health together, for the net to stop it by itself."""
TO_HOTLINE = 0.25
"""How likely what is stopped must be about safety, to force the hotline."""
DOUBT = 0.1
"""How likely it must be about safety or health, to be answered by nobody before a human or the user has said more."""
HEALTH_DOUBT = 0.1
"""How likely it must be about health, for that to be a human."""
HIDDEN = 0.9
"""How likely a part of it must be about safety or health, to leave in doubt a message that otherwise is not."""
SURE = 0.6
"""How likely what the net takes a message to want must be, to count more than what the table does."""

CASE_NUMBER = re.compile(r"\b(?:AX-)?(\d{4})-(\d{6})\b", re.IGNORECASE)


class Doubt(StrEnum):
    """What the guardrails leave open: whether there is danger and nothing about health, or whatever it may be."""

    DANGER = "DANGER"
    ANY = "ANY"


class Topic(StrEnum):
    """What a message is about. `UNSURE` goes to a human unless the knowledge base has an answer."""

    SAFETY = "SAFETY"
    MEDICAL = "MEDICAL"
    CASE_STATUS = "CASE_STATUS"
    TICKET = "TICKET"
    APPOINTMENT = "APPOINTMENT"
    FAQ = "FAQ"
    GREETING = "GREETING"
    THANKS = "THANKS"
    HUMAN = "HUMAN"
    UNSURE = "UNSURE"


_TOPICS = {
    "TICKET": Topic.TICKET,
    "FAQ": Topic.UNSURE,
    "CASE_STATUS": Topic.CASE_STATUS,
    "APPOINTMENT": Topic.APPOINTMENT,
    "SMALLTALK": Topic.GREETING,
    "UNSURE": Topic.UNSURE,
}
"""What the labels of utterances that no guardrail stops mean; for a question the knowledge base is asked."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A message understood: its topic, by which rule, and whether it has the form of a general question.

    Whoever is in doubt whether there is danger still says what they want; any other doubt leaves the topic open.
    """

    message: Message
    topic: Topic
    rule: str | None
    is_question: bool
    case_number: str | None
    doubt: Doubt | None = None

    @property
    def is_guarded(self) -> bool:
        """Whether it goes to people whatever else it says: by a guardrail, in doubt, or because somebody asks."""
        return self.topic in {Topic.SAFETY, Topic.MEDICAL, Topic.HUMAN} or self.doubt is Doubt.ANY


def read(text: str) -> Reading:
    """Understand a message. A guardrail counts whatever else is said."""
    message = Message.of(text)
    suspected = learned.suspicion(message.words)
    guarded = _guarded(message, suspected)
    if guarded is Doubt.ANY:
        return Reading(message, Topic.UNSURE, "doubt.any", False, _case_number(text), guarded)
    if guarded is None:
        return _wanted(text, message, suspected)
    if guarded is Doubt.DANGER:
        return replace(_wanted(text, message, suspected), rule="doubt.danger", doubt=guarded)
    return Reading(message, *guarded, False, _case_number(text))


def unguarded(text: str) -> Reading:
    """What a message wants, whatever the guardrails make of it."""
    message = Message.of(text)
    return _wanted(text, message, learned.suspicion(message.words))


def _wanted(text: str, message: Message, suspected: Suspicion) -> Reading:
    """What a message wants: by the net where it is sure, else by the table. Who asks for a human gets one."""
    ruled = _by_rule(message)
    number = _case_number(text)
    topic, rule, is_question = ruled
    if suspected.sure >= SURE and topic is not Topic.HUMAN and not _is(suspected.wants, ruled):
        topic, is_question = _TOPICS[suspected.wants], suspected.wants == "FAQ"
        rule = f"{suspected.wants.lower().replace('_', '-')}.learned"
    if number is not None and not is_question and topic in {Topic.UNSURE, Topic.GREETING, Topic.THANKS}:
        topic, rule = Topic.CASE_STATUS, "case.number"
    return Reading(message, topic, rule, is_question, number)


def _by_rule(message: Message) -> tuple[Topic, str | None, bool]:
    """What the table of intents makes of a message, by which rule, and whether it has the form of a question."""
    is_question = False
    for rule in tables.fitting("intents", message):
        if rule.means != "FAQ_FORM":
            return Topic(rule.means), rule.id, is_question
        is_question = True
    return Topic.UNSURE, None, is_question


def _is(label: str, ruled: tuple[Topic, str | None, bool]) -> bool:
    """Whether the table says the same as the net."""
    topic, _, is_question = ruled
    if label == "SMALLTALK":
        return topic in {Topic.GREETING, Topic.THANKS}
    return topic is _TOPICS[label] and is_question is (label == "FAQ")


def _guarded(message: Message, suspected: Suspicion) -> tuple[Topic, str] | Doubt | None:
    """What people have to see, and by which rule; or what is left open."""
    parts = [learned.suspicion(words) for words in message.parts]
    most = max([suspected, *parts], key=lambda part: part.any)
    alone = set()
    for rule in tables.fitting("guardrails", message):
        if suspected.any >= SECONDED or (most.any >= ALONE and not rule.is_seconded):
            dangerous = rule.means == Topic.SAFETY or suspected.safety >= TO_HOTLINE
            return Topic.SAFETY if dangerous else Topic.MEDICAL, rule.id
        alone.add(Topic(rule.means))
    topic = _suspected(suspected)
    if topic is not None:
        return topic, f"{topic.value.lower()}.learned"
    hidden = most if most.any >= HIDDEN else suspected
    if max(suspected.medical, hidden.medical) >= HEALTH_DOUBT or Topic.MEDICAL in alone:
        return Doubt.ANY
    return Doubt.DANGER if max(suspected.any, hidden.any) >= DOUBT or alone else None


def _suspected(suspected: Suspicion) -> Topic | None:
    """What the net is sure of by itself; what may be either is taken for a danger."""
    if suspected.safety >= DANGER:
        return Topic.SAFETY
    if suspected.any >= GUARDED:
        return Topic.SAFETY if suspected.safety >= TO_HOTLINE else Topic.MEDICAL
    return None


def _case_number(text: str) -> str | None:
    found = CASE_NUMBER.search(text)
    return f"AX-{found[1]}-{found[2]}" if found else None
