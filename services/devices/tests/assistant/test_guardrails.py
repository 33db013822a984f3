"""The learned net and the table of guardrails together."""

import math
from collections.abc import Sequence
from unittest.mock import patch

import pytest
from devices.assistant import learned, report, tables, triage, understanding
from devices.assistant.learned import Suspicion
from devices.assistant.text import Message
from devices.assistant.understanding import Doubt, Topic, read
from hypothesis import given
from hypothesis import strategies as st

HARMLESS = "quels papiers faut-il pour renouveler mon dossier"
LITTLE = 1e-6


def likely(evidence: float) -> float:
    """How likely the net must find one thing alone, of the whole and of every part, to be that much evidence."""
    return 1 / (1 + math.exp(-evidence)) + LITTLE / 100


def read_when(text: str, safety: float, medical: float) -> tuple[Topic, str | None]:
    """What is made of a message when the net suspects it so."""
    with patch.object(learned, "suspicion", return_value=Suspicion(safety, medical)):
        reading = read(text)
    return reading.topic, reading.rule


def test_the_net_was_trained_on_the_utterances_that_are_there() -> None:
    assert learned.trained_on() == report.training_digest(), "`make learn` trains it anew"


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (understanding.HOTLINE, (Topic.SAFETY, "safety.learned")),
        (understanding.HOTLINE - LITTLE, (Topic.UNSURE, "doubt.danger")),
        (understanding.DANGER_DOUBT, (Topic.UNSURE, "doubt.danger")),
        (understanding.DANGER_DOUBT - LITTLE, (Topic.UNSURE, None)),
    ],
)
def test_what_the_net_suspects_of_danger_forces_the_hotline_or_leaves_it_in_doubt(
    evidence: float, expected: tuple[Topic, str | None]
) -> None:
    assert read_when(HARMLESS, likely(evidence), 0.0) == expected


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (understanding.HEALTH, (Topic.MEDICAL, "medical.learned")),
        (understanding.HEALTH - LITTLE, (Topic.UNSURE, "doubt.any")),
        (understanding.HEALTH_DOUBT, (Topic.UNSURE, "doubt.any")),
        (understanding.HEALTH_DOUBT - LITTLE, (Topic.UNSURE, None)),
    ],
)
def test_what_the_net_suspects_about_health_goes_to_a_human(
    evidence: float, expected: tuple[Topic, str | None]
) -> None:
    assert read_when(HARMLESS, 0.0, likely(evidence)) == expected


def test_what_may_be_either_is_a_danger_from_a_share_on() -> None:
    share = understanding.TO_HOTLINE
    assert read_when(HARMLESS, share, 1 - share)[0] is Topic.SAFETY
    assert read_when(HARMLESS, share - LITTLE, 1 - share + LITTLE)[0] is Topic.MEDICAL


@pytest.mark.parametrize(
    ("text", "is_seconded", "adds"),
    [("le frein", True, understanding.SECONDED_RULE), ("où est le bouton stop", False, understanding.RULE)],
)
def test_a_rule_that_fits_adds_to_what_the_net_suspects(text: str, is_seconded: bool, adds: float) -> None:
    [rule] = tables.fitting("guardrails", Message.of(text))
    assert rule.is_seconded is is_seconded
    assert read_when(text, likely(understanding.HOTLINE - adds), 0.0) == (Topic.SAFETY, rule.id)
    assert read_when(text, likely(understanding.HOTLINE - adds - LITTLE), 0.0)[1] == "doubt.danger"


def test_no_more_rules_count_than_a_few() -> None:
    text = "le frein, la ceinture, une chute"
    rules = list(tables.fitting("guardrails", Message.of(text)))
    assert [rule.is_seconded for rule in rules] == [True] * 3
    enough = understanding.HOTLINE - 2 * understanding.SECONDED_RULE
    assert read_when(text, likely(enough), 0.0)[0] is Topic.SAFETY
    assert read_when(text, likely(enough - LITTLE), 0.0)[0] is not Topic.SAFETY


def test_what_the_net_is_sure_of_in_a_part_of_a_message_leaves_the_whole_in_doubt() -> None:
    text = f"{HARMLESS}, la prise de la cuisine clignote un peu"

    def read_where(safety: float, medical: float) -> Doubt | None:
        def suspected(words: Sequence[str]) -> Suspicion:
            is_hidden = words[-1] == "peu" and "dossier" not in words
            return Suspicion(safety, medical) if is_hidden else Suspicion(0.0, 0.0)

        with patch.object(learned, "suspicion", suspected):
            assert read(HARMLESS).doubt is None
            return read(text).doubt

    assert read_where(understanding.HIDDEN, 0.0) is Doubt.DANGER
    assert read_where(0.0, understanding.HIDDEN) is Doubt.ANY
    assert read_where(understanding.HIDDEN - LITTLE, 0.0) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("où en est mon dossier", 0),
        ("bonjour, où en est mon dossier ?", 0),
        ("bonjour, où en est mon dossier ? et quand vient donc le technicien", 2),
        ("ça va. merci. bien. oui. non. d'accord", 2),
    ],
)
def test_a_message_is_cut_into_parts_of_some_words_at_the_ends_of_clauses(text: str, parts: int) -> None:
    message = Message.of(text)
    assert len(message.parts) == parts
    assert not parts or sum(message.parts, ()) == message.words


def test_a_dangerous_message_stopped_by_a_rule_about_health_goes_to_the_hotline() -> None:
    text = "j'ai mal au dos"
    assert read_when(text, 0.0, 0.9)[0] is Topic.MEDICAL
    assert read_when(text, understanding.TO_HOTLINE, 0.5)[0] is Topic.SAFETY


def test_a_rule_that_the_net_is_sure_to_be_wrong_leaves_the_message_in_doubt_but_for_a_seconded_one() -> None:
    assert read_when("la roue qui grince s'est détachée", 0.0, 0.0) == (Topic.TICKET, "doubt.danger")
    assert read_when("j'ai mal au dos", 0.0, 0.0) == (Topic.UNSURE, "doubt.any")
    assert read_when("le frein", 0.0, 0.0) == (Topic.UNSURE, None)
    assert read_when("j'ai des douleurs", 0.0, 0.0) == (Topic.UNSURE, None), "of complaints, two rules leave doubt"


def test_the_net_says_what_is_wanted_where_it_is_sure_and_never_in_the_place_of_a_human() -> None:
    def wanted(text: str, wants: str, sure: float) -> tuple[Topic, bool]:
        with patch.object(learned, "suspicion", return_value=Suspicion(0.0, 0.0, wants, sure)):
            reading = read(text)
        return reading.topic, reading.is_question

    assert wanted("rien de neuf", "CASE_STATUS", understanding.SURE) == (Topic.CASE_STATUS, False)
    assert wanted("rien de neuf", "CASE_STATUS", understanding.SURE - 0.01) == (Topic.UNSURE, False)
    assert wanted("ma roue grince", "FAQ", understanding.SURE) == (Topic.UNSURE, True)
    assert wanted("ma roue grince", "FAQ", understanding.SURE - 0.01) == (Topic.TICKET, False)
    assert wanted("passez-moi un conseiller", "TICKET", 1.0) == (Topic.HUMAN, False)
    assert wanted("merci bien", "SMALLTALK", 1.0) == (Topic.THANKS, False)


def test_in_doubt_the_knowledge_base_is_not_asked() -> None:
    with patch.object(learned, "suspicion", return_value=Suspicion(0.0, likely(understanding.HEALTH_DOUBT))):
        reading = read(HARMLESS)
    assert (reading.is_guarded, reading.doubt) == (True, Doubt.ANY)


def test_in_doubt_of_danger_alone_a_message_still_says_what_it_wants_and_in_doubt_of_health_it_does_not() -> None:
    with patch.object(learned, "suspicion", return_value=Suspicion(likely(understanding.DANGER_DOUBT), 0.0)):
        danger = read("ma roue grince")
    with patch.object(learned, "suspicion", return_value=Suspicion(0.0, likely(understanding.HEALTH_DOUBT))):
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
