"""Sessions that were ended and tokens that went out of date, known to every service in well under a second.

Identity writes them to a JetStream key-value bucket; each service watches it: `session.<id>` ends a session,
`user.<id>` holds the moment (Unix seconds) before which that user's access tokens no longer count.
"""

import asyncio
import contextlib
from collections.abc import Callable
from uuid import UUID

import nats.errors
import nats.js.errors
import structlog
from nats.aio.client import Client
from nats.js.kv import KeyValue

from common.clock import now
from common.events.topology import REVOCATIONS

_REWATCH_SECONDS = 60.0
_RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Revocations:
    """What this process knows of revocations; `watch` keeps it up to date."""

    def __init__(self) -> None:
        self._sessions: set[str] = set()
        self._outdated: dict[str, float] = {}
        self.current = False

    def session_revoked(self, session_id: UUID) -> bool:
        return bool(self._sessions) and str(session_id) in self._sessions

    def outdated(self, user_id: UUID, issued_at: float) -> bool:
        """Whether a token issued then (Unix seconds) was made before the user's tokens went out of date."""
        return bool(self._outdated) and issued_at < self._outdated.get(str(user_id), 0.0)

    def apply(self, key: str, value: bytes) -> None:
        """Take in one entry of the bucket."""
        kind, _, subject = key.partition(".")
        if kind == "session":
            self._sessions.add(subject)
        elif kind == "user":
            self._outdated[subject] = max(float(value), self._outdated.get(subject, 0.0))

    async def watch(self, client: Callable[[], Client]) -> None:
        """Follow the bucket until cancelled; watched anew every minute, since a watch can go silent unnoticed."""
        while True:
            try:
                bucket = await client().jetstream().key_value(REVOCATIONS)
                await self._follow(bucket)
            except (nats.errors.Error, nats.js.errors.Error, OSError) as error:
                self.current = False
                log.warning("revocations_unwatched", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(_RETRY_SECONDS)

    async def _follow(self, bucket: KeyValue) -> None:
        watcher = await bucket.watchall()
        try:
            async with asyncio.timeout(_REWATCH_SECONDS):
                while True:
                    try:
                        entry = await watcher.updates(timeout=_REWATCH_SECONDS)  # type: ignore[no-untyped-call]
                    except nats.errors.TimeoutError:
                        return
                    if entry is None:
                        self.current = True
                    elif entry.value is not None:
                        self.apply(entry.key, entry.value)
        except TimeoutError:
            return
        finally:
            # A connection that is closed has nothing left to stop; its error must not take a cancellation's place.
            with contextlib.suppress(nats.errors.Error):
                await watcher.stop()  # type: ignore[no-untyped-call]


async def revoke_session(client: Client, session_id: UUID) -> None:
    """End a session everywhere."""
    bucket = await client.jetstream().key_value(REVOCATIONS)
    await bucket.put(f"session.{session_id}", b"1")


async def outdate_tokens(client: Client, user_id: UUID) -> None:
    """Make a user's access tokens of before now useless everywhere, until refreshed."""
    bucket = await client.jetstream().key_value(REVOCATIONS)
    await bucket.put(f"user.{user_id}", str(now().timestamp()).encode())
