"""What a denial's label tells of its cause."""

import pytest
from billing.denials.domain import NEXT_STEP, Cause, NextStep, cause_of, next_step
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("label", "cause"),
    [
        ("Pièce justificative absente ou illisible", Cause.DOCUMENT),
        ("DROITS FERMÉS A LA DATE DES SOINS", Cause.RIGHTS),
        ("Ordonnance illisible", Cause.PRESCRIPTION),
        ("Absence d'entente préalable", Cause.PRIOR_AGREEMENT),
        ("Tarif supérieur au PLV", Cause.TARIFF),
        ("Facture déjà réglée", Cause.DUPLICATE),
        ("NIR inconnu", Cause.IDENTITY),
        ("Rejet tardif", Cause.OTHER),
        ("", Cause.OTHER),
        (None, Cause.OTHER),
    ],
)
def test_the_words_of_the_label_decide(label: str | None, cause: Cause) -> None:
    assert cause_of(label) is cause


@given(st.text())
def test_whatever_a_file_says_a_next_step_is_proposed(label: str) -> None:
    assert next_step(label) in NextStep


def test_every_cause_has_its_next_step() -> None:
    assert NEXT_STEP.keys() == set(Cause)
