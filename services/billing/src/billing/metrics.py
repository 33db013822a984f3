"""Metrics of the billing service (section 10.2)."""

from prometheus_client import Counter
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

CLAIMS = Counter("billing_claims_total", "Claims that came into a status", ["gateway", "status"])
GATEWAY_CALLS = Counter(
    "billing_gateway_calls_total",
    "Calls to a billing gateway; any but `done` and `refused` for five minutes is a critical alert",
    ["gateway", "outcome"],
)


def count_claim(session: AsyncSession, gateway: str, status: str) -> None:
    """Count a claim that came into `status`, once the session's transaction has committed."""

    def count(_session: object) -> None:
        CLAIMS.labels(gateway, status).inc()

    event.listen(session.sync_session, "after_commit", count, once=True)
