"""The learned net and the table of guardrails together."""

from unittest.mock import patch

import pytest
from devices.assistant import learned, report, tables, triage, understanding
from devices.assistant.learned import Suspicion
from devices.assistant.text import Message
from devices.assistant.understanding import Doubt, Topic, read
from hypothesis import given
from hypothesis import strategies as st

HARMLESS = "quels papiers faut-il pour renouveler mon dossier"


def read_when(text: str, safety: float, medical: float) -> tuple[Topic, str | None]:
    """What is made of a message when the net suspects it so."""
    with patch.object(learned, "suspicion", return_value=Suspicion(safety, medical)):
        reading = read(text)
    return reading.topic, reading.rule


def test_the_net_was_trained_on_the_utterances_that_are_there() -> None:
    assert learned.trained_on() == report.training_digest(), "`make learn` trains it anew"


@pytest.mark.parametrize(
    ("safety", "medical", "expected"),
    [
        (understanding.DANGER, 0.0, (Topic.SAFETY, "safety.learned")),
        (0.0, understanding.GUARDED, (Topic.MEDICAL, "medical.learned")),
        (understanding.TO_HOTLINE, understanding.GUARDED - understanding.TO_HOTLINE, (Topic.SAFETY, "safety.learned")),
        (0.0, understanding.HEALTH_DOUBT, (Topic.UNSURE, "doubt.any")),
        (understanding.DOUBT, understanding.HEALTH_DOUBT, (Topic.UNSURE, "doubt.any")),
        (understanding.DOUBT, 0.0, (Topic.UNSURE, "doubt.danger")),
    ],
)
def test_the_net_stops_by_itself_what_it_is_sure_of_and_leaves_doubt_to_a_human(
    safety: float, medical: float, expected: tuple[Topic, str]
) -> None:
    assert read_when(HARMLESS, safety, medical) == expected
    assert read_when(HARMLESS, 0.0, 0.0)[1] != expected[1]


def test_a_rule_that_wants_to_be_seconded_counts_only_where_the_net_suspects_too() -> None:
    text = "le frein"
    assert all(rule.is_seconded for rule in tables.fitting("guardrails", Message.of(text)))
    assert read_when(text, 0.0, understanding.SECONDED)[0] is Topic.SAFETY
    assert read_when(text, 0.0, 0.0) == (Topic.UNSURE, "doubt.danger"), "unseconded, it is still in doubt"


def test_in_doubt_the_knowledge_base_is_not_asked() -> None:
    with patch.object(learned, "suspicion", return_value=Suspicion(0.0, understanding.DOUBT)):
        reading = read(HARMLESS)
    assert (reading.is_guarded, reading.doubt) == (True, Doubt.ANY)


def test_in_doubt_of_danger_alone_a_message_still_says_what_it_wants_and_in_doubt_of_health_it_does_not() -> None:
    with patch.object(learned, "suspicion", return_value=Suspicion(understanding.DOUBT, 0.0)):
        danger = read("ma roue grince")
    with patch.object(learned, "suspicion", return_value=Suspicion(understanding.DOUBT, understanding.HEALTH_DOUBT)):
        health = read("ma roue grince")
    assert (danger.topic, danger.doubt) == (Topic.TICKET, Doubt.DANGER)
    assert (health.topic, health.doubt) == (Topic.UNSURE, Doubt.ANY)


@pytest.mark.parametrize(
    ("answer", "denies", "affirms"),
    [
        ("non", True, False),
        ("Non, merci.", True, False),
        ("non pas du tout, rassurez-vous", True, False),
        ("No, not at all", True, False),
        ("nobody is hurt", True, False),
        ("oui", False, True),
        ("Non... enfin oui", False, True),
        ("yes it is", False, True),
        ("non mais la roue se détache", False, False),
        ("non pas encore", False, False),
        ("non ça va pas", False, False),
        ("je ne sais pas", False, False),
        ("pas sûr", False, False),
        ("not really", False, False),
        ("merci", False, False),
        ("😀", False, False),
    ],
)
def test_only_a_plain_no_denies_danger_and_any_yes_affirms_it(answer: str, denies: bool, affirms: bool) -> None:
    message = Message.of(answer)
    assert (triage.denies(message), triage.affirms(message)) == (denies, affirms)


@given(st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=30), max_size=60))
def test_a_suspicion_is_a_likelihood_whatever_the_words(words: list[str]) -> None:
    suspected = learned.suspicion(words)
    assert 0 <= suspected.safety <= suspected.any <= 1 + 1e-9
    assert 0 <= suspected.medical <= suspected.any
