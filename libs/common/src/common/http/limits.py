"""Rate limits of section 9.3: a sliding window in Valkey, a stricter one in memory where Valkey is away."""

import time
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
"""Groups that are still limited, in memory, while the shared store is away."""


class RateLimits:
    """Counts calls by group and caller."""

    def __init__(self, settings: Settings) -> None:
        self._limits: dict[str, RateLimitItem] = {
            "general": parse(settings.rate_limit_general),
            "auth": parse(settings.rate_limit_auth),
            "upload": parse(settings.rate_limit_upload),
            "billing": parse(settings.rate_limit_billing),
        }
        self._memory: RateLimiter = MovingWindowRateLimiter(MemoryStorage())
        self._shared: SlidingWindowCounterRateLimiter | None = None
        if settings.redis_url is not None:
            self._shared = SlidingWindowCounterRateLimiter(_storage(settings.redis_url.get_secret_value()))

    async def check(self, scope: Scope, group: str, caller: str) -> None:
        """Count a call; `RateLimited` when it is one too many. The answer carries `RateLimit-*` either way."""
        limit = self._limits[group]
        limiter = self._shared or self._memory
        try:
            allowed = await limiter.hit(limit, group, caller)
            reset, remaining = await limiter.get_window_stats(limit, group, caller)
        except Exception as error:  # noqa: BLE001 - whatever the store raises, it is away
            metrics.RATE_LIMIT_FAILURES.inc()
            log.warning("rate_limit_store_away", error=type(error).__name__)
            if group not in FAIL_CLOSED:
                return
            allowed = await self._memory.hit(limit, group, caller)
            reset, remaining = await self._memory.get_window_stats(limit, group, caller)
        wait = max(1, int(reset - time.time()) + 1)
        add_header(scope, "RateLimit-Limit", str(limit.amount))
        add_header(scope, "RateLimit-Remaining", str(max(0, remaining)))
        add_header(scope, "RateLimit-Reset", str(wait))
        if not allowed:
            raise RateLimited("Too many requests; try again later", headers={"Retry-After": str(wait)})

    async def close(self) -> None:
        """Close the connections to the shared store."""
        if self._shared is not None:
            store: Any = self._shared.storage
            await store.bridge.storage.aclose()  # limits has no call for it


def _storage(url: str) -> Storage:
    storage = storage_from_string(f"async+{url}", implementation="valkey")
    assert isinstance(storage, Storage)  # noqa: S101 - the async+ scheme gives an asynchronous one
    return storage
