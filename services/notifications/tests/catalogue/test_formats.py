"""Amounts, dates, hours and numbers as people write them, and what fits into an SMS."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notifications.catalogue.domain import Language
from notifications.catalogue.formats import clock, day, french_spaces, money, one_line, phone, sms_parts, sms_text


@pytest.mark.parametrize(("language", "written"), [("fr", "3\u202f161,21\xa0€"), ("en", "€3,161.21")])
def test_money(language: Language, written: str) -> None:
    assert money(language, Decimal("3161.21")) == written


@pytest.mark.parametrize(
    ("language", "moment", "written"),
    [
        ("fr", date(2026, 3, 1), "dimanche 1er mars 2026"),
        ("fr", date(2026, 3, 11), "mercredi 11 mars 2026"),
        ("en", date(2026, 3, 1), "Sunday 1 March 2026"),
        ("fr", datetime(2026, 3, 11, 23, 30, tzinfo=UTC), "jeudi 12 mars 2026"),
    ],
)
def test_a_day_is_the_day_in_paris(language: Language, moment: date, written: str) -> None:
    assert day(language, moment).replace("\xa0", " ") == written


def test_an_hour_is_the_hour_in_paris() -> None:
    summer = datetime(2026, 7, 1, 12, 5, tzinfo=UTC)
    assert clock("fr", summer) == "14\xa0h\xa005"
    assert clock("en", summer).replace("\u202f", " ") == "2:05 pm"


@pytest.mark.parametrize(
    ("language", "number", "written"),
    [
        ("fr", "+33199000015", "01 99 00 00 15"),
        ("en", "+33199000015", "+33 1 99 00 00 15"),
        ("fr", "+32470123456", "+32470123456"),
    ],
)
def test_a_number_is_grouped_as_people_read_it(language: Language, number: str, written: str) -> None:
    assert phone(language, number).replace("\xa0", " ") == written


@pytest.mark.parametrize(
    ("source", "spaced"),
    [
        ("Prêt ?", "Prêt\u202f?"),
        ("Total : 3", "Total\xa0: 3"),
        ("« oui »", "«\u202foui\u202f»"),
        ("{% if a != b %}", "{% if a != b %}"),
        ("https://a.example/x?y", "https://a.example/x?y"),
    ],
)
def test_french_punctuation_is_not_left_alone_on_a_line(source: str, spaced: str) -> None:
    assert french_spaces(source) == spaced


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("é" * 160, 1), ("€" * 80, 1), ("€" * 81, 2), ("🦽" * 35, 1), ("🦽" * 36, 2)],
)
def test_how_many_sms_a_text_takes(text: str, parts: int) -> None:
    assert sms_parts(text) == parts


def test_an_sms_keeps_to_the_short_alphabet_where_it_can() -> None:
    assert sms_text("L’équipe : « prêt » à\u202f14\xa0h…\n") == 'L\'équipe : "pret" à 14 h...'
    assert sms_text("日本 🦽") == "日本 🦽"


@given(st.text(max_size=300))
def test_an_sms_is_one_line_and_never_longer_for_the_alphabets_sake(text: str) -> None:
    written = sms_text(text)
    assert not set(written) & set("\r\n\t")
    assert sms_parts(written) <= 3 * sms_parts(one_line(text)) + 1
