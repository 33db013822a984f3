"""What a message is about: guardrails first, then what it wants. Pure; the knowledge base is asked by the caller.

The guardrails are a reviewed table and a net that was learned from examples (decision 0013). Either sends a message to
people; what the two leave in doubt goes to a human too, whatever else it asks.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from devices.assistant import learned, tables
from devices.assistant.learned import Suspicion
from devices.assistant.text import Message

SECONDED = 0.2
"""How likely a message must be about safety or health for a rule of the table that wants to be seconded."""
DANGER = 0.5
"""How likely it must be about safety, for the net to force the hotline by itself."""
GUARDED = 0.7
"""How likely it must be about safety or health together, for the net to stop it by itself."""
TO_HOTLINE = 0.15
"""How likely what is stopped so must be about safety, to force the hotline."""
DOUBT = 0.15
"""How likely it must be about safety or health, to be answered by nobody before a human or the user has said more."""
HEALTH_DOUBT = 0.15
"""How likely it must be about health, for that to be a human."""

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
    guarded = _guarded(message)
    if isinstance(guarded, Doubt):
        if guarded is Doubt.ANY:
            return Reading(message, Topic.UNSURE, "doubt.any", False, _case_number(text), guarded)
        return replace(unguarded(text), rule="doubt.danger", doubt=guarded)
    return Reading(message, *guarded, False, _case_number(text)) if guarded is not None else unguarded(text)


def unguarded(text: str) -> Reading:
    """What a message wants, whatever the guardrails make of it."""
    message = Message.of(text)
    number = _case_number(text)
    is_question = False
    for rule in tables.rules("intents"):
        if rule.fits(message):
            if rule.means != "FAQ_FORM":
                topic = Topic.CASE_STATUS if number and rule.means in {"GREETING", "THANKS"} else Topic(rule.means)
                return Reading(message, topic, rule.id, is_question, number)
            is_question = True
    topic = Topic.CASE_STATUS if number else Topic.UNSURE
    return Reading(message, topic, "case.number" if number else None, is_question, number)


def _guarded(message: Message) -> tuple[Topic, str] | Doubt | None:
    """What people have to see, and by which rule; or what is left open."""
    suspected = learned.suspicion(message.words)
    unseconded = set()
    for rule in tables.fitting("guardrails", message):
        if suspected.any >= SECONDED or not rule.is_seconded:
            return Topic(rule.means), rule.id
        unseconded.add(Topic(rule.means))
    topic = _suspected(suspected)
    if topic is not None:
        return topic, f"{topic.value.lower()}.learned"
    if suspected.medical >= HEALTH_DOUBT or Topic.MEDICAL in unseconded:
        return Doubt.ANY
    return Doubt.DANGER if suspected.any >= DOUBT or unseconded else None


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
