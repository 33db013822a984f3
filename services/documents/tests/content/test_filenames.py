import unicodedata

import pytest
from documents.content import ContentRefused, Reason, clean_filename
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "name",
    [
        "ordonnance.pdf",
        "Carte d’identité – recto (1).jpg",
        "Dr. Müller 12.03.2026",
        "вид.pdf",
        "وصفة.pdf",
        "…",
        "a" * 251 + ".pdf",
        "a" * 255,
        "é" * 255,
    ],
)
def test_an_ordinary_name_is_kept(name: str) -> None:
    assert clean_filename(name) == name


def test_the_name_is_composed_and_trimmed() -> None:
    assert clean_filename(" pre\u0301fecture.pdf\u00a0") == "préfecture.pdf"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        ".",
        "..",
        "a" * 256,
        "../etc/passwd",
        "a/b.pdf",
        "a\\b.pdf",
        "a\uff0fb.pdf",
        "a\x00.pdf",
        "a\n.pdf",
        "a\x7f.pdf",
        "a\u2028.pdf",
        "a\ud800.pdf",
        "ordonnance\u202efdp.exe",
        "ordonnance\u202efdp.pdf",
        "\u200fordonnance.pdf",
        "\u2066a\u2069.pdf",
        "ordonnance.pdf.exe",
        "ordonnance.HTA",
        "ordonnance.js. . ",
    ],
)
def test_a_dangerous_or_overlong_name_is_refused(name: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        clean_filename(name)
    assert refused.value.reason is Reason.BAD_FILENAME
    assert not name.strip() or name not in str(refused.value)


@given(st.text(st.characters()))
def test_a_kept_name_is_short_printable_and_stable(name: str) -> None:
    try:
        cleaned = clean_filename(name)
    except ContentRefused:
        return
    assert 1 <= len(cleaned) <= 255
    assert not {"/", "\\", "\x00"} & set(cleaned)
    assert all(unicodedata.category(character) != "Cc" for character in cleaned)
    assert clean_filename(cleaned) == cleaned
