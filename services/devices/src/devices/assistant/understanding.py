"""What a message is about: guardrails first, then what it wants. Pure; the knowledge base is asked by the caller.

Both are found by a reviewed table and a net that was learned from examples (decision 0013). As guardrails the two are
weighed together, and send a message to people; what they leave in doubt goes to a human, or is asked about where only
danger is in doubt.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from devices.assistant import learned, tables
from devices.assistant.learned import Suspicion
from devices.assistant.tables import Rule
from devices.assistant.text import Message

RULE = 1.4
"""What a rule of the table that fits adds to the evidence: log-odds, as all evidence is."""
SECONDED_RULE = 1.0
"""The same, of a rule that wants to be seconded."""
_RULES_COUNTED = 2
HOTLINE = -1.15
"""How much evidence of danger forces the hotline."""
TO_HOTLINE = 0.25
"""What share of what the net suspects must be danger, to force it where no rule speaks of danger."""
HEALTH = 0.5
"""How much evidence that it is about health stops a message."""
DANGER_DOUBT = -1.9
"""How much evidence of danger has a message answered by nobody before a human or the user has said more."""
HEALTH_DOUBT = -1.7
"""How much evidence that it is about health has that be a human."""
HIDDEN = 0.8
"""How likely a part of a message must be about danger or health, to leave the whole in doubt by itself."""
SURE = 0.5
"""How likely what the net takes a message to want must be, to count more than what the table does."""
_OF_WHOLE, _OF_PART, _OF_EITHER = 0.3, 0.3, 0.4
"""How what the net says counts: of the message, of its most suspect part, and of the message's danger and health."""
_NEVER = 0.001
"""No likelihood counts as less, nor its contrary."""

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
    parts = list(map(learned.suspicion, message.parts))
    dangerous, ailing = (max((getattr(part, of) for part in parts), default=0.0) for of in ("safety", "medical"))
    rules = list(tables.fitting("guardrails", message))
    dangers = [rule for rule in rules if rule.means == Topic.SAFETY]
    complaints = [rule for rule in rules if rule.means == Topic.MEDICAL]
    danger = _evidence(suspected.safety, dangerous, suspected.any, dangers)
    health = _evidence(suspected.medical, ailing, suspected.any, complaints)
    if danger >= HOTLINE and (dangers or suspected.safety >= TO_HOTLINE * suspected.any):
        return Topic.SAFETY, dangers[0].id if dangers else "safety.learned"
    if health >= HEALTH:
        return Topic.MEDICAL, complaints[0].id if complaints else "medical.learned"
    if health >= HEALTH_DOUBT or ailing >= HIDDEN or _leave_in_doubt(complaints):
        return Doubt.ANY
    return Doubt.DANGER if danger >= DANGER_DOUBT or dangerous >= HIDDEN or _leave_in_doubt(dangers) else None


def _leave_in_doubt(rules: Sequence[Rule]) -> bool:
    """Whether the rules that fit leave a message in doubt even where the net is sure of the contrary."""
    return len(rules) > 1 or any(not rule.is_seconded for rule in rules)


def _evidence(whole: float, part: float, either: float, rules: Sequence[Rule]) -> float:
    """What the net and the rules that fit say together."""
    most = max(whole, part)
    found = _OF_WHOLE * _log_odds(whole) + _OF_PART * _log_odds(most) + _OF_EITHER * _log_odds(either)
    for is_seconded, adds in ((False, RULE), (True, SECONDED_RULE)):
        found += adds * min(_RULES_COUNTED, sum(rule.is_seconded is is_seconded for rule in rules))
    return found


def _log_odds(likely: float) -> float:
    within = min(max(likely, _NEVER), 1 - _NEVER)
    return math.log(within / (1 - within))


def _case_number(text: str) -> str | None:
    found = CASE_NUMBER.search(text)
    return f"AX-{found[1]}-{found[2]}" if found else None
