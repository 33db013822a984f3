"""AES-256-GCM envelope encryption of single values.

Each value has a data key of its own, wrapped by a key-encryption key of the keyring. The ciphertext names that key, so
several can be in use while values are re-wrapped. Table, column and row id are authenticated with the value: a
ciphertext copied to another row or column does not decrypt.
"""

import base64
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

_VERSION = "v1"
_NONCE = 12


class CipherError(Exception):
    """A ciphertext that does not belong here: another row, another key, or tampered with."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a value lives; authenticated with it."""

    table: str
    column: str
    row_id: UUID

    def associated_data(self) -> bytes:
        return f"{self.table}.{self.column}.{self.row_id}".encode()


@dataclass(frozen=True, slots=True)
class Keyring:
    """Key-encryption keys by id, and the id that new values are wrapped with."""

    current: str
    keys: dict[str, bytes]

    @classmethod
    def from_json(cls, text: str) -> "Keyring":
        """Read `{"current": "k1", "keys": {"k1": "<base64 of 32 bytes>"}}`; ValueError when it is anything else."""
        document = json.loads(text)
        keys = {key_id: base64.b64decode(value, validate=True) for key_id, value in document["keys"].items()}
        if document["current"] not in keys:
            raise ValueError("the keyring's current key is not among its keys")
        if any(len(key) != 32 for key in keys.values()):
            raise ValueError("a key-encryption key is 32 bytes")
        return cls(document["current"], keys)


class KeyringFile:
    """A keyring in a file that may be replaced while it is in use: read anew when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._keyring: Keyring | None = None

    def __call__(self) -> Keyring:
        """The keyring as the file has it now; ValueError, OSError."""
        status = self._path.stat()
        seen = (status.st_mtime_ns, status.st_ino, status.st_size)
        if self._keyring is None or seen != self._seen:
            self._keyring = Keyring.from_json(self._path.read_text(encoding="utf-8"))
            self._seen = seen
        return self._keyring


class Cipher:
    """Encrypts and decrypts single values under a keyring, or under whatever one a source gives at that moment."""

    def __init__(self, keyring: Keyring | Callable[[], Keyring]) -> None:
        self._source = keyring

    @property
    def _keyring(self) -> Keyring:
        return self._source if isinstance(self._source, Keyring) else self._source()

    def encrypt(self, plaintext: str, cell: Cell) -> str:
        """`v1.<key id>.<wrapped data key>.<nonce and ciphertext>`, the last two in URL-safe base64."""
        data_key = AESGCM.generate_key(256)
        nonce = os.urandom(_NONCE)
        sealed = nonce + AESGCM(data_key).encrypt(nonce, plaintext.encode(), cell.associated_data())
        return self._wrapped(data_key, sealed)

    def decrypt(self, ciphertext: str, cell: Cell) -> str:
        """The value; `CipherError` when the ciphertext is not of this cell or keyring."""
        data_key, sealed = self._open(ciphertext)
        try:
            return AESGCM(data_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], cell.associated_data()).decode()
        except InvalidTag as error:
            raise CipherError(f"a value of {cell.table}.{cell.column} does not decrypt") from error

    def is_current(self, ciphertext: str) -> bool:
        """Whether the value is wrapped by the keyring's current key already."""
        return ciphertext.split(".", 2)[1] == self._keyring.current

    def rewrap(self, ciphertext: str) -> str:
        """The same value under the current key; the value itself is not decrypted."""
        data_key, sealed = self._open(ciphertext)
        return self._wrapped(data_key, sealed)

    def _wrapped(self, data_key: bytes, sealed: bytes) -> str:
        keyring = self._keyring
        wrapped = aes_key_wrap(keyring.keys[keyring.current], data_key)
        return ".".join((_VERSION, keyring.current, _encode(wrapped), _encode(sealed)))

    def _open(self, ciphertext: str) -> tuple[bytes, bytes]:
        try:
            version, key_id, wrapped, sealed = ciphertext.split(".")
            if version != _VERSION:
                raise CipherError(f"unknown ciphertext version {version!r}")
            return aes_key_unwrap(self._keyring.keys[key_id], _decode(wrapped)), _decode(sealed)
        except KeyError as error:
            raise CipherError("the key that wraps this value is not in the keyring") from error
        except (ValueError, InvalidUnwrap) as error:
            raise CipherError("malformed ciphertext") from error


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
