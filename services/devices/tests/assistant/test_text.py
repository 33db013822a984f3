"""Reading messages: accents, typing errors, negation; days and times."""

from datetime import UTC, date, datetime
from unittest.mock import patch

import pytest
from devices.assistant import learned, moments
from devices.assistant.learned import Suspicion
from devices.assistant.tables import Rule, fitting, rules
from devices.assistant.text import Message, Pattern, plain
from devices.assistant.understanding import Topic, read
from hypothesis import given
from hypothesis import strategies as st

WEDNESDAY = date(2026, 11, 25)


def test_accents_ligatures_and_repeated_letters_make_no_difference() -> None:
    assert plain("CŒUR brûlé, noooon\u200b !") == "coeur brule, non !"
    assert Message.of("J’ai   l'impression").words == ("j", "ai", "l", "impression")
    assert Message.of("the brakes don't work").words == ("the", "brakes", "do", "not", "work")


@pytest.mark.parametrize(
    ("written", "word", "fits"),
    [
        ("frein*", "freins", True),
        ("frein*", "reins", False),
        ("batterie", "baterie", True),
        ("batterie", "battreie", True),
        ("=feu", "feux", False),
        ("mal", "mall", False),
        ("fourmillement*", "fourmilement", True),
        ("tomber", "combler", False),
    ],
)
def test_long_words_forgive_typing_errors_and_short_ones_do_not(written: str, word: str, fits: bool) -> None:
    assert Pattern.of(written).fits(word) is fits


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Je suis tombé", Topic.SAFETY),
        ("Je ne suis pas tombé", Topic.UNSURE),
        ("Ce n'est pas la première fois que je tombe", Topic.SAFETY),
        ("Pas de fumée", Topic.UNSURE),
        ("Il y a de la fumée, pas de flammes", Topic.SAFETY),
        ("les freins marchent bien", Topic.UNSURE),
        ("les freins ne marchent plus", Topic.SAFETY),
        ("les freins marchent plus", Topic.SAFETY),
        ("there is no smoke", Topic.UNSURE),
        ("mon fauteuil est tombé en panne", Topic.TICKET),
        ("je n'ai pas mal au dos", Topic.UNSURE),
        ("j'ai plus mal qu'hier au dos", Topic.MEDICAL),
        ("je vomis sans arrêt", Topic.MEDICAL),
        ("sans arrêt je vomis", Topic.MEDICAL),
        ("j'ai pas mal de douleurs", Topic.MEDICAL),
        ("not only smoke, also sparks", Topic.SAFETY),
        ("mes freins ne tiennent plus, comment faire ?", Topic.SAFETY),
        ("comment régler les freins", Topic.UNSURE),
        ("mon fauteuil marche mal", Topic.UNSURE),
        ("mon coussin anti-escarre est percé", Topic.TICKET),
        ("j'ai mal au dos, où en est mon dossier ?", Topic.MEDICAL),
        ("bonjour, mes freins ont lâché et j'ai mal", Topic.SAFETY),
        ("Bonjour AX-2026-000123", Topic.CASE_STATUS),
    ],
)
def test_what_is_denied_does_not_count_and_what_fails_does(text: str, topic: Topic) -> None:
    rule = next(fitting("guardrails", Message.of(text)), None)
    with patch.object(learned, "suspicion", return_value=Suspicion(0.0, 0.0)):
        assert (read(text).topic if rule is None else rule.means) == topic


@given(st.text(max_size=300))
def test_any_text_at_all_is_read(text: str) -> None:
    assert read(text).topic in Topic


@given(st.sampled_from(["les freins ont lâché", "j'ai mal au dos"]), st.text(alphabet="xyz .,!?", max_size=40))
def test_nothing_around_it_hides_a_guarded_sentence(sentence: str, noise: str) -> None:
    reading = read(f"{noise}. {sentence}. {noise}")
    assert reading.topic in {Topic.SAFETY, Topic.MEDICAL} or reading.doubt is not None


def test_every_rule_has_an_id_of_its_own_and_a_known_meaning() -> None:
    for table in ("guardrails", "intents"):
        found: tuple[Rule, ...] = rules(table)
        assert len({rule.id for rule in found}) == len(found)
        assert {rule.means for rule in found} <= {*Topic, "FAQ_FORM"}
    assert {rule.means for rule in rules("guardrails")} == {"SAFETY", "MEDICAL"}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("vendredi à 10h", datetime(2026, 11, 27, 9, 0, tzinfo=UTC)),
        ("mercredi 14h30", datetime(2026, 12, 2, 13, 30, tzinfo=UTC)),
        ("demain 9 am", datetime(2026, 11, 26, 8, 0, tzinfo=UTC)),
        ("après-demain à 16:15", datetime(2026, 11, 27, 15, 15, tzinfo=UTC)),
        ("le 12/01 à 8h", datetime(2027, 1, 12, 7, 0, tzinfo=UTC)),
        ("15/06/2027 à 10h05", datetime(2027, 6, 15, 8, 5, tzinfo=UTC)),
        ("2026-12-01 2 pm", datetime(2026, 12, 1, 13, 0, tzinfo=UTC)),
        ("Monday at 12 pm", datetime(2026, 11, 30, 11, 0, tzinfo=UTC)),
        # The last Sunday of March and of October, when the clocks change.
        ("28/03/2027 à 10h", datetime(2027, 3, 28, 8, 0, tzinfo=UTC)),
        ("31/10/2027 à 10h", datetime(2027, 10, 31, 9, 0, tzinfo=UTC)),
        ("29/02/2028 à 10h", datetime(2028, 2, 29, 9, 0, tzinfo=UTC)),
        ("29/02/2027 à 10h", None),
        ("vendredi", None),
        ("à 10h", None),
        ("mardi ou jeudi à 10h", None),
        ("vendredi à 27h", None),
        ("vendredi 13 pm", None),
    ],
)
def test_a_day_and_a_time_are_found_as_people_write_them(text: str, moment: datetime | None) -> None:
    assert moments.find(text, WEDNESDAY) == moment


def test_moments_are_spelled_as_people_say_them() -> None:
    moment = datetime(2026, 11, 27, 9, 5, tzinfo=UTC)
    assert moments.spelled(moment, "fr") == "vendredi 27 novembre 2026 à 10h05"
    assert moments.spelled(moment, "en") == "Friday 27 November 2026 at 10:05"
    assert moments.suits(moment)
    assert not moments.suits(datetime(2026, 11, 28, 9, 0, tzinfo=UTC))
    assert not moments.suits(datetime(2026, 11, 27, 17, 0, tzinfo=UTC))


@given(st.text(max_size=60))
def test_any_text_has_a_moment_or_none(text: str) -> None:
    found = moments.find(text, WEDNESDAY)
    assert found is None or found.tzinfo is UTC
