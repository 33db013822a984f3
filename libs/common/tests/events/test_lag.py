"""The metric of how far consumers are behind."""

from common.contracts.cases import QuoteSentV1
from common.events import lag
from common.telemetry import metrics
from common.testing import eventually
from nats.aio.client import Client


def pending(durable: str, stream: str) -> float:
    return float(metrics.CONSUMER_LAG.labels(durable, stream)._value.get())


async def test_each_durable_of_a_service_tells_what_it_has_yet_to_deliver(client: Client) -> None:
    for number in range(3):
        await client.jetstream().publish(QuoteSentV1.subject(), str(number).encode())

    async def measured() -> tuple[float, float]:
        await lag.measure("documents", client)
        return pending("documents-quotes", "CASES"), pending("documents-access", "CASES")

    await eventually(measured, until=lambda found: found == (3, 0))  # the broker counts a moment after it acknowledged


async def test_a_broker_that_is_away_leaves_the_last_value(client: Client) -> None:
    await lag.measure("billing", client)
    metrics.CONSUMER_LAG.labels("billing-quotes", "CASES").set(7)
    await client.close()
    await lag.measure("billing", client)
    assert pending("billing-quotes", "CASES") == 7
