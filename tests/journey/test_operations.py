"""What a person does from the command line about messages that nobody could handle."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import nats
import pytest
from axtech.cli import app
from common.contracts.cases import QuoteApprovedV1
from common.contracts.map import CONSUMERS
from common.testing import eventually
from typer.testing import CliRunner

pytestmark = pytest.mark.usefixtures("breaking")


async def axtech(*arguments: str) -> str:
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


async def test_a_poison_event_is_kept_for_each_consumer_until_somebody_decides(platform: Any) -> None:
    readers = {spec.durable for spec in CONSUMERS if QuoteApprovedV1 in spec.events}
    payload = json.dumps({"marker": str(uuid4())})
    client = await nats.connect(platform.places.nats_url("operator"))
    await client.jetstream().publish(QuoteApprovedV1.subject(), payload.encode(), stream="CASES")
    await client.close()

    async def letters() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(await axtech("dlq", "list", "--json"))
        return found

    waiting = await eventually(letters, until=lambda found: {one["consumer"] for one in found} == readers)
    for letter in waiting:
        shown = json.loads(await axtech("dlq", "show", letter["id"]))
        assert (shown["payload"], shown["reason"]) == (payload, "invalid")
    await axtech("dlq", "replay", waiting[0]["id"], "--service", waiting[0]["service"])
    # Replayed, it reaches every consumer: one more letter of each, and the one that was replayed is gone.
    again = await eventually(letters, until=lambda found: len(found) == 2 * len(waiting) - 1)
    for letter in again:
        await axtech("dlq", "discard", letter["id"], "--reason", "made by a test")
    assert await letters() == []
