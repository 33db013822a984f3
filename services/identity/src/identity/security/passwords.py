"""Password hashing, on threads of its own so that no other call waits for it."""

import asyncio
import base64
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor

import bcrypt


class Passwords:
    """bcrypt over SHA-256: bcrypt alone reads 72 bytes, and stops at the first NUL."""

    def __init__(self, *, rounds: int, threads: int) -> None:
        """`rounds` is bcrypt's work factor, a power of two; `threads` hash at the same time, further calls queue."""
        self._rounds = rounds
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="bcrypt")
        self._of_nobody = self._hash(secrets.token_urlsafe())

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """A salted hash."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hash, password)

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether the password is the hashed one; as slow when there is none to compare with."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._verify, password, hashed or self._of_nobody
        ) and (hashed is not None)

    def _hash(self, password: str) -> str:
        return bcrypt.hashpw(_digest(password), bcrypt.gensalt(self._rounds)).decode()

    def _verify(self, password: str, hashed: str) -> bool:
        return bcrypt.checkpw(_digest(password), hashed.encode())


def _digest(password: str) -> bytes:
    return base64.b64encode(hashlib.sha256(password.encode()).digest())
