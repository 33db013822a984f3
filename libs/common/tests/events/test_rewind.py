"""Reading again what was read before, after a database was restored."""

from common.contracts.cases import QuoteSentV1
from common.events import topology
from nats.aio.client import Client


async def test_a_rewound_service_gets_every_event_again_and_no_other_service_does(
    client: Client, broker_url: str
) -> None:
    jetstream = client.jetstream()
    await jetstream.publish(QuoteSentV1.subject(), b"{}")
    for durable in ("documents-quotes", "notifications-messages"):
        reader = await jetstream.pull_subscribe_bind(durable, "CASES")
        (message,) = await reader.fetch(1, timeout=5)
        await message.ack_sync()
    rewound = await topology.rewind(broker_url, "documents")
    assert "CASES/documents-quotes" in rewound
    assert not [one for one in rewound if one.startswith(("JOBS/", "SCHEDULES/", "DEAD_LETTERS/"))]
    waiting = {
        durable: (await jetstream.consumer_info("CASES", durable)).num_pending
        for durable in ("documents-quotes", "notifications-messages")
    }
    assert waiting == {"documents-quotes": 1, "notifications-messages": 0}
