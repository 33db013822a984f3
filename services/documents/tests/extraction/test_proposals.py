"""What is read off a text."""

from datetime import date

import pytest
from common.contracts.enums import DocumentType
from documents.extraction.domain import Field, Proposal, is_rpps, proposals
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2026, 11, 24)


def found(text: str, field: Field, kind: DocumentType = DocumentType.PRESCRIPTION) -> list[tuple[str, float]]:
    return [(each.value, each.confidence) for each in proposals(text, kind, TODAY) if each.field is field]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lyon, le 12 février 2026", [("2026-02-12", 0.8)]),
        ("Fait à Lyon le 1er mars 2026", [("2026-03-01", 0.8)]),
        ("Date : 02/11/2026", [("2026-11-02", 0.8)]),
        ("essai du 5 Août 2026", [("2026-08-05", 0.8)]),
        ("revu 05-08-2026 au domicile", [("2026-08-05", 0.4)]),
        ("le 12/02/2026, puis le 13/02/2026, le 12/02/2026", [("2026-02-12", 0.8), ("2026-02-13", 0.4)]),
        ("31/02/2026 et 12/13/2026", []),
        ("valable jusqu’au 25/11/2026", []),
        ("n° 112/02/20261", []),
    ],
)
def test_dates_are_found_as_the_french_write_them(text: str, expected: list[tuple[str, float]]) -> None:
    assert sorted(found(text, Field.DOCUMENT_DATE)) == sorted(expected)


def test_a_date_of_birth_is_told_from_other_dates() -> None:
    text = "Mme Éléonore MARTIN, née le 14/03/1958. Date de naissance : 14 mars 1958. Lyon, le 2 mars 2026"
    assert found(text, Field.DATE_OF_BIRTH) == [("1958-03-14", 0.9)]
    assert found(text, Field.DOCUMENT_DATE) == [("2026-03-02", 0.8)]


def test_an_rpps_number_has_its_key_and_is_surer_where_it_is_named() -> None:
    assert found("N° RPPS : 10100099992", Field.RPPS_NUMBER) == [("10100099992", 0.95)]
    assert found("101 000 999 92", Field.RPPS_NUMBER) == [("10100099992", 0.4)]
    assert found("RPPS 10100099993, tél. 0199000000", Field.RPPS_NUMBER) == []
    assert found("2 58 03 99 999 999 33", Field.RPPS_NUMBER) == []


def test_names_are_told_apart_and_are_surer_on_a_prescription() -> None:
    text = "Dr Hugo EXEMPLE\nPatiente : Mme Éléonore MARTIN-SPÉCIMEN\nMme Jeanne D’ARC accompagne"
    assert found(text, Field.PRESCRIBER_NAME) == [("Hugo EXEMPLE", 0.8)]
    assert found(text, Field.PRESCRIBER_NAME, DocumentType.OTHER) == [("Hugo EXEMPLE", 0.4)]
    assert found(text, Field.PATIENT_NAME) == [("Éléonore MARTIN-SPÉCIMEN", 0.8), ("Jeanne D’ARC", 0.5)]


@given(st.text(alphabet="0123456789 /.-lenéRPSDrMme:\u00a0\nfévriermars", max_size=300) | st.text(max_size=300))
def test_any_text_gives_sound_proposals_or_none(text: str) -> None:
    made = proposals(text, DocumentType.OTHER, TODAY)
    assert all(0 < each.confidence <= 1 and each.value for each in made)
    assert all(is_rpps(each.value) for each in made if each.field is Field.RPPS_NUMBER)
    dates = [each.value for each in made if each.field in {Field.DOCUMENT_DATE, Field.DATE_OF_BIRTH}]
    assert all(date(1900, 1, 1) <= date.fromisoformat(value) <= TODAY for value in dates)
    assert all(sum(each.field is field for each in made) <= 3 for field in Field)
    assert made == sorted(made, key=lambda each: (list(Field).index(each.field), -each.confidence))


@given(st.integers(0, 10**10 - 1))
def test_of_the_ten_keys_exactly_one_makes_an_rpps_number(body: int) -> None:
    assert sum(is_rpps(f"{body:010d}{key}") for key in range(10)) == 1


def test_a_proposal_is_plain_json() -> None:
    assert Proposal(Field.RPPS_NUMBER, "1", 0.5).as_json() == {"field": "rppsNumber", "value": "1", "confidence": 0.5}
