"""All checks, one after the other."""

from collections.abc import AsyncIterator, Callable

from nats.aio.client import Client

from axtech.verify import events
from axtech.verify.findings import Finding, Window
from axtech.verify.rules import LOOKS, RULES, Look, Rule
from axtech.verify.sources import Databases

EVENT_KINDS = (
    "durable-missing",
    "event-not-relayed",
    "event-not-in-stream",
    "event-not-handled",
    "event-unknown-to-its-service",
    "dead-letter",
)
_OF_STATE: tuple[Rule | Look, ...] = (*RULES, *LOOKS)
KINDS = (*(check.kind for check in _OF_STATE), *EVENT_KINDS)
"""Every kind of finding there is."""


async def verify(
    databases: Databases, client: Client, window: Window, on_progress: Callable[[str], None] = lambda _: None
) -> list[Finding]:
    """Every finding, sorted. Causes are read before effects, so nothing that happens meanwhile is taken for a fault."""
    checks: list[tuple[str, AsyncIterator[Finding]]] = [
        *((check.kind, check.check(databases, window)) for check in _OF_STATE),
        ("durables", events.missing_durables(client)),
        ("outboxes", events.not_relayed(databases, window)),
        ("streams and inboxes", events.streams(databases, client, window)),
        ("dead letters", events.dead_letters(databases)),
    ]
    found: list[Finding] = []
    for name, check in checks:
        on_progress(name)
        found += [finding async for finding in check]
    return sorted(set(found))
