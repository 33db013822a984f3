"""Password hashing, on threads of its own so that no other call waits for it."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import bcrypt
from common.errors import Unavailable

R = TypeVar("R")
_RETRY_SECONDS = 10


class Passwords:
    """bcrypt over SHA-256: bcrypt alone reads 72 bytes, and stops at the first NUL."""

    def __init__(self, *, rounds: int, threads: int, queue: int = 2000) -> None:
        """`rounds` is bcrypt's work factor, a power of two; `threads` hash at the same time, `queue` calls may wait."""
        self._rounds = rounds
        self._room = threads + queue
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="bcrypt")
        self._of_nobody = self._hash(secrets.token_urlsafe())

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """A salted hash; `Unavailable` while too many wait."""
        return await self._run(self._hash, password)

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether the password is the hashed one; as slow when there is none to compare with. `Unavailable`."""
        return await self._run(self._verify, password, hashed or self._of_nobody) and (hashed is not None)

    async def _run(self, function: Callable[..., R], *arguments: str) -> R:
        """Whoever comes when the queue is full would be answered long after having gone away: refused at once."""
        if self._room == 0:
            retry = {"Retry-After": str(_RETRY_SECONDS)}
            raise Unavailable("Too many are logging in; try again shortly", code="AUTH_BUSY", headers=retry)
        self._room -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        finally:
            self._room += 1

    def _hash(self, password: str) -> str:
        return bcrypt.hashpw(_digest(password), bcrypt.gensalt(self._rounds)).decode()

    def _verify(self, password: str, hashed: str) -> bool:
        return bcrypt.checkpw(_digest(password), hashed.encode())


def _digest(password: str) -> bytes:
    return base64.b64encode(hashlib.sha256(password.encode()).digest())
