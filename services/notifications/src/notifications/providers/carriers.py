"""One channel's providers in the order of preference, and when the next one is asked."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from notifications.metrics import PROVIDER_CALLS
from notifications.providers.messages import Mail, NotTaken, Refused, Sms, Taken, Unreachable

M_contra = TypeVar("M_contra", Mail, Sms, contravariant=True)
M = TypeVar("M", Mail, Sms)


class Provider(Protocol[M_contra]):
    """Takes messages; `send` answers the provider's id, or raises `Refused` or `Unreachable`."""

    name: str

    async def send(self, message: M_contra, /) -> str | None: ...


class Carriers(Generic[M]):
    """At least one provider.

    The next is asked at once where one surely took nothing. Where that is uncertain, the same is asked a second time
    under the same idempotency key, and only after that another: a message twice is better than none.
    """

    def __init__(self, providers: Sequence[Provider[M]]) -> None:
        self._providers: tuple[Provider[M], ...] = tuple(providers)

    async def send(self, message: M, *, attempt: int) -> Taken:
        """Hand the message over, for the `attempt`-th time (from 1). Raises `Refused` and `Unreachable`."""
        failed: NotTaken | None = None
        for provider in turns(self._providers, attempt):
            try:
                return Taken(provider.name, await _offered(provider, message))
            except NotTaken as error:
                failed = error
        raise failed or NotTaken("there is no provider for this channel")


async def _offered(provider: Provider[M], message: M) -> str | None:
    """What the provider answers, counted."""
    outcome = "failed"
    try:
        external_id = await provider.send(message)
        outcome = "taken"
    except Refused:
        outcome = "refused"
        raise
    except NotTaken:
        outcome = "not_taken"
        raise
    except Unreachable:
        outcome = "uncertain"
        raise
    finally:
        PROVIDER_CALLS.labels(provider.name, outcome).inc()
    return external_id


P = TypeVar("P")


def turns(providers: Sequence[P], attempt: int) -> Sequence[P]:
    """Whom the `attempt`-th attempt asks, in order: every two attempts another begins."""
    first = ((attempt - 1) // 2) % len(providers) if providers else 0
    return [*providers[first:], *providers[:first]]
