"""What a message is about: guardrails first, then what it wants. Pure; the knowledge base is asked by the caller."""

import re
from dataclasses import dataclass
from enum import StrEnum

from devices.assistant import tables
from devices.assistant.text import Message

CASE_NUMBER = re.compile(r"\b(?:AX-)?(\d{4})-(\d{6})\b", re.IGNORECASE)


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
    """A message understood: its topic, by which rule, and whether it has the form of a general question."""

    message: Message
    topic: Topic
    rule: str | None
    is_question: bool
    case_number: str | None

    @property
    def is_guarded(self) -> bool:
        """Whether it goes to people whatever else it says: by a guardrail, or because somebody asks for one."""
        return self.topic in {Topic.SAFETY, Topic.MEDICAL, Topic.HUMAN}


def read(text: str) -> Reading:
    """Understand a message. A guardrail counts whatever else is said."""
    message = Message.of(text)
    number = _case_number(text)
    guard = tables.first("guardrails", message)
    if guard is not None:
        return Reading(message, Topic(guard.means), guard.id, is_question=False, case_number=number)
    is_question = False
    for rule in tables.rules("intents"):
        if rule.fits(message):
            if rule.means != "FAQ_FORM":
                topic = Topic.CASE_STATUS if number and rule.means in {"GREETING", "THANKS"} else Topic(rule.means)
                return Reading(message, topic, rule.id, is_question, number)
            is_question = True
    topic = Topic.CASE_STATUS if number else Topic.UNSURE
    return Reading(message, topic, "case.number" if number else None, is_question, number)


def _case_number(text: str) -> str | None:
    found = CASE_NUMBER.search(text)
    return f"AX-{found[1]}-{found[2]}" if found else None
