"""Column encryption (section 6.2): envelope encryption, and a blind index for equality search."""

from common.crypto.blind_index import BlindIndex
from common.crypto.envelope import Cell, Cipher, CipherError, Keyring, KeyringFile

__all__ = ["BlindIndex", "Cell", "Cipher", "CipherError", "Keyring", "KeyringFile"]
