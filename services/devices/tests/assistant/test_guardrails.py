"""The learned net and the table of guardrails together."""

from unittest.mock import patch

import pytest
from devices.assistant import learned, report, tables, understanding
from devices.assistant.learned import Suspicion
from devices.assistant.text import Message
from devices.assistant.understanding import Topic, read
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
        (0.0, understanding.DOUBT, (Topic.UNSURE, "doubt.learned")),
        (understanding.DOUBT, 0.0, (Topic.UNSURE, "doubt.learned")),
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
    assert read_when(text, 0.0, 0.0) == (Topic.UNSURE, "doubt.learned"), "unseconded, it is still for a human"


def test_in_doubt_the_knowledge_base_is_not_asked() -> None:
    with patch.object(learned, "suspicion", return_value=Suspicion(0.0, understanding.DOUBT)):
        assert read(HARMLESS).is_guarded


@given(st.lists(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=30), max_size=60))
def test_a_suspicion_is_a_likelihood_whatever_the_words(words: list[str]) -> None:
    suspected = learned.suspicion(words)
    assert 0 <= suspected.safety <= suspected.any <= 1 + 1e-9
    assert 0 <= suspected.medical <= suspected.any
