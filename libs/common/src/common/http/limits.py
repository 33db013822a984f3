"""Rate limits of section 9.3: a sliding window in Valkey, a stricter one in memory where Valkey is away.

A process takes calls from the shared window a few at a time and counts them itself: most requests ask nobody. What it
takes and does not use within the window is at most a twentieth of the limit; calls to sign in are counted one by one.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter, RateLimiter, SlidingWindowCounterRateLimiter
from limits.storage import storage_from_string
from starlette.types import Scope

from common.errors import RateLimited
from common.http.middleware import add_header
from common.settings import Settings
from common.telemetry import metrics

log = structlog.get_logger(__name__)
FAIL_CLOSED = frozenset({"auth"})
"""Groups that are still limited, in memory, while the shared store is away; and counted one by one."""
_SHARE = 20
_REMEMBERED = 20_000


@dataclass(slots=True)
class _Lease:
    """Calls taken from the shared window and not made yet; `beyond` are left in the window besides."""

    left: int
    beyond: int
    until: float
    resets_at: float
    denied: bool


class RateLimits:
    """Counts calls by group and caller."""

    def __init__(self, settings: Settings) -> None:
        self._limits: dict[str, RateLimitItem] = {
            "general": parse(settings.rate_limit_general),
            "auth": parse(settings.rate_limit_auth),
            "upload": parse(settings.rate_limit_upload),
            "billing": parse(settings.rate_limit_billing),
        }
        self._leases: dict[tuple[str, str], _Lease] = {}
        self._taking: dict[tuple[str, str], asyncio.Task[_Lease | None]] = {}
        self._memory: RateLimiter = MovingWindowRateLimiter(MemoryStorage())
        self._shared: SlidingWindowCounterRateLimiter | None = None
        if settings.redis_url is not None:
            self._shared = SlidingWindowCounterRateLimiter(_storage(settings.redis_url.get_secret_value()))

    async def check(self, scope: Scope, group: str, caller: str) -> None:
        """Count a call; `RateLimited` when it is one too many. The answer carries `RateLimit-*` either way."""
        limit = self._limits[group]
        lease = self._leases.get((group, caller))
        while lease is None or not lease.left or lease.until < time.monotonic():
            lease = await self._taken_once(limit, group, caller)
            if lease is None:
                return
            if lease.denied:
                break
        wait = max(1, int(lease.resets_at - time.time()) + 1)
        allowed = lease.left > 0
        lease.left -= allowed
        add_header(scope, b"ratelimit-limit", str(limit.amount))
        add_header(scope, b"ratelimit-remaining", str(lease.left + lease.beyond))
        add_header(scope, b"ratelimit-reset", str(wait))
        if not allowed:
            raise RateLimited("Too many requests; try again later", headers={"Retry-After": str(wait)})

    async def _taken_once(self, limit: RateLimitItem, group: str, caller: str) -> _Lease | None:
        """`_take`, by the first of a caller's requests that need it; the others wait for what it gets."""
        key = (group, caller)
        taking = self._taking.get(key)
        if taking is None:
            taking = self._taking[key] = asyncio.ensure_future(self._take(limit, group, caller))
            taking.add_done_callback(lambda _: self._taking.pop(key, None))
        return await asyncio.shield(taking)

    async def _take(self, limit: RateLimitItem, group: str, caller: str) -> _Lease | None:
        """Take some calls, one at least, from the window; a lease of none when there are none, None when unlimited."""
        share = 1 if group in FAIL_CLOSED else max(1, limit.amount // _SHARE)
        try:
            lease = await self._lease(self._shared or self._memory, limit, group, caller, share)
        except Exception as error:  # noqa: BLE001 - whatever the store raises, it is away
            metrics.RATE_LIMIT_FAILURES.inc()
            log.warning("rate_limit_store_away", error=type(error).__name__)
            if group not in FAIL_CLOSED:
                return None
            lease = await self._lease(self._memory, limit, group, caller, 1)
        if len(self._leases) >= _REMEMBERED:
            now = time.monotonic()
            self._leases = {key: known for key, known in self._leases.items() if known.left and known.until > now}
        self._leases[group, caller] = lease
        return lease

    @staticmethod
    async def _lease(limiter: RateLimiter, limit: RateLimitItem, group: str, caller: str, share: int) -> _Lease:
        left = 0
        for cost in (share, 1) if share > 1 else (1,):
            if await limiter.hit(limit, group, caller, cost=cost):
                left = cost
                break
        resets_at, remaining = await limiter.get_window_stats(limit, group, caller)
        return _Lease(left, max(0, remaining), time.monotonic() + limit.get_expiry(), resets_at, denied=left == 0)

    async def close(self) -> None:
        """Close the connections to the shared store."""
        if self._shared is not None:
            store: Any = self._shared.storage
            await store.bridge.storage.aclose()  # limits has no call for it


def _storage(url: str) -> Storage:
    storage = storage_from_string(f"async+{url}", implementation="valkey")
    assert isinstance(storage, Storage)  # noqa: S101 - the async+ scheme gives an asynchronous one
    return storage
