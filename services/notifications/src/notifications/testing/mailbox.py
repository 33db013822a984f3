"""The mailbox that stands in for the providers, as a test steers it."""

from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Mailbox:
    """A client of the mailbox at `url`."""

    url: str
    client: httpx.AsyncClient

    async def sent(self, to: str) -> list[dict[str, Any]]:
        """What was sent to an address or a number, oldest first."""
        found: list[dict[str, Any]] = (await self.client.get("/messages", params={"to": to})).json()
        return found

    async def fail(self, kind: str, **options: Any) -> None:
        """Put a fault in force for the next call, or for as many as `count` says."""
        (await self.client.post("/control/faults", json={"kind": kind, **options})).raise_for_status()

    async def outcome(self, to: str, event: str) -> None:
        """Say what becomes of messages to an address from now on."""
        (await self.client.put("/control/outcomes", json={"to": to, "event": event})).raise_for_status()

    async def reports(self) -> list[dict[str, Any]]:
        """The delivery reports sent so far, with the status each was answered by."""
        found: list[dict[str, Any]] = (await self.client.get("/control/webhooks")).json()
        return found
