"""What addresses and numbers must look like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identity.security.types import masked_nir, normal_email, normal_nir, normal_rpps, plain_text, searchable
from stdnum import luhn

digits = st.text("0123456789", min_size=1, max_size=12)


@st.composite
def nirs(draw: st.DrawFn) -> str:
    department = draw(st.sampled_from(["01", "2A", "2B", "33", "75", "99"]))
    body = (
        draw(st.sampled_from("12"))
        + f"{draw(st.integers(0, 99)):02d}{draw(st.integers(1, 12)):02d}"
        + department
        + f"{draw(st.integers(1, 899)):03d}{draw(st.integers(1, 999)):03d}"
    )
    number = int(body.replace("2A", "19").replace("2B", "18"))
    return f"{body}{97 - number % 97:02d}"


@given(nirs())
def test_a_nir_with_its_key_is_accepted_however_it_is_spaced(nir: str) -> None:
    assert normal_nir(nir) == nir
    assert normal_nir(f"{nir[0]} {nir[1:3]} {nir[3:5]} {nir[5:7]} {nir[7:10]} {nir[10:13]} {nir[13:]}") == nir
    shown = masked_nir(nir)
    assert (len(shown), shown[-4:], set(shown[:-4])) == (15, nir[-4:], {"*"})


@given(nirs(), st.integers(0, 14), st.sampled_from("0123456789"))
def test_a_nir_with_one_digit_wrong_is_refused(nir: str, at: int, digit: str) -> None:
    wrong = nir[:at] + digit + nir[at + 1 :]
    if wrong == nir or not nir[at].isdigit():
        return
    with pytest.raises(ValueError, match="social security"):
        normal_nir(wrong)


@given(st.text("0123456789", min_size=10, max_size=10), st.integers(0, 9), st.integers(0, 10))
def test_an_rpps_number_is_eleven_digits_with_a_luhn_key(body: str, digit: int, at: int) -> None:
    number = body + luhn.calc_check_digit(body)
    assert normal_rpps(number) == number
    wrong = number[:at] + str(digit) + number[at + 1 :]
    if wrong != number:
        with pytest.raises(ValueError, match="RPPS"):
            normal_rpps(wrong)


@given(st.text(max_size=40))
def test_no_text_makes_the_parsers_fail_in_another_way(text: str) -> None:
    for parse in (normal_email, normal_nir, normal_rpps, plain_text):
        try:
            parse(text)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "address",
    [
        "a@b",
        "a b@example.test",
        "a@exam ple.test",
        "a\n@example.test",
        "é@example.test",
        "a@example.test\0",
        "@x.fr",
        "",
    ],
)
def test_addresses_that_are_none_or_look_like_others_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="e-mail"):
        normal_email(address)


def test_addresses_have_one_spelling() -> None:
    assert normal_email("Jean.Dupont@EXAMPLE.test") == "jean.dupont@example.test"
    assert normal_email("a@bücher.example") == "a@xn--bcher-kva.example"


@given(st.text(max_size=60))
def test_searchable_text_is_its_own_searchable_text(text: str) -> None:
    once = searchable(text)
    assert searchable(once) == once


def test_names_are_searched_without_accents_case_and_punctuation() -> None:
    assert searchable("Jean-Noël", "O'BRIEN") == "jean noel o brien"
