"""Encryption of single values: where it decrypts, where it does not, and how keys change under it."""

import base64
import json
import os
from pathlib import Path

import pytest
from common.crypto import BlindIndex, Cell, Cipher, CipherError, Keyring, KeyringFile
from common.ids import new_id
from hypothesis import given
from hypothesis import strategies as st

KEYS = {f"k{number}": base64.b64encode(bytes([number]) * 32).decode() for number in range(1, 4)}


def keyring(current: str, *names: str) -> str:
    return json.dumps({"current": current, "keys": {name: KEYS[name] for name in names}})


def cipher(current: str, *names: str) -> Cipher:
    return Cipher(Keyring.from_json(keyring(current, *names)))


CELL = Cell("patient_profiles", "nir", new_id())


@given(st.text())
def test_a_value_comes_back_and_its_ciphertext_never_repeats(value: str) -> None:
    first, second = (cipher("k1", "k1").encrypt(value, CELL) for _ in range(2))
    assert first != second
    assert cipher("k2", "k1", "k2").decrypt(first, CELL) == value


@pytest.mark.parametrize(
    "elsewhere",
    [
        Cell("users", "nir", CELL.row_id),
        Cell("patient_profiles", "carte_vitale_number", CELL.row_id),
        Cell("patient_profiles", "nir", new_id()),
    ],
)
def test_a_ciphertext_moved_to_another_place_does_not_decrypt(elsewhere: Cell) -> None:
    sealed = cipher("k1", "k1").encrypt("258039999999933", CELL)
    with pytest.raises(CipherError):
        cipher("k1", "k1").decrypt(sealed, elsewhere)


@given(st.data())
def test_a_ciphertext_that_was_tampered_with_does_not_decrypt(data: st.DataObject) -> None:
    sealed = cipher("k1", "k1").encrypt("258039999999933", CELL)
    place = data.draw(st.integers(0, len(sealed) - 1))
    letter = data.draw(st.sampled_from("ABCabc019-_."))
    changed = f"{sealed[:place]}{letter}{sealed[place + 1 :]}"
    try:
        assert cipher("k1", "k1").decrypt(changed, CELL) == "258039999999933"
    except CipherError:
        return
    # The last character of base64 has bits that mean nothing; any other change must have been refused.
    assert changed == sealed or place in {len(sealed) - 1, len(sealed.rsplit(".", 1)[0]) - 1}


@given(st.text(max_size=200))
def test_what_is_no_ciphertext_is_said_to_be_none(text: str) -> None:
    with pytest.raises(CipherError):
        cipher("k1", "k1").decrypt(text, CELL)


def test_rewrapping_changes_the_key_and_not_the_value() -> None:
    old = cipher("k1", "k1").encrypt("secret", CELL)
    both = cipher("k2", "k1", "k2")
    new = both.rewrap(old)
    assert (both.is_current(old), both.is_current(new)) == (False, True)
    assert cipher("k2", "k2").decrypt(new, CELL) == "secret"
    with pytest.raises(CipherError):
        cipher("k2", "k2").decrypt(old, CELL)


def test_a_keyring_in_a_file_is_read_anew_when_it_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "keyring.json"
    file.write_text(keyring("k1", "k1"))
    following = Cipher(KeyringFile(file))
    old = following.encrypt("secret", CELL)
    draft = tmp_path / "draft"
    draft.write_text(keyring("k2", "k1", "k2"))
    os.replace(draft, file)
    assert following.decrypt(old, CELL) == "secret"
    assert following.encrypt("x", CELL).split(".")[1] == "k2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"current": "k1", "keys": {}}',
        '{"current": "k1", "keys": {"k1": "c2hvcnQ="}}',
        '{"current": "k1", "keys": {"k1": "not base64!"}}',
    ],
)
def test_a_bad_keyring_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Keyring.from_json(text)


@given(st.text(), st.text())
def test_a_blind_index_finds_equals_only_and_differs_between_columns(one: str, other: str) -> None:
    index = BlindIndex(base64.b64encode(bytes(32)).decode())
    assert (index.of("patients.nir", one) == index.of("patients.nir", other)) == (one == other)
    assert index.of("patients.nir", one) != index.of("users.phone", one)
