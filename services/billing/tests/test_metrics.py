"""`billing_claims_total` and `billing_gateway_calls_total`."""

from prometheus_client import REGISTRY

from services.billing.tests.conftest import Billing, Gateway


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_claims_and_calls_to_the_gateway_are_counted(billing: Billing, gateway: Gateway) -> None:
    names = ("DRAFT", "SUBMITTED", "CANCELLED")
    before = [value("billing_claims_total", gateway="INFIMAX", status=name) for name in names]
    failed = value("billing_gateway_calls_total", gateway="INFIMAX", outcome="failed")
    await gateway.fault("HTML", "submit")
    await billing.submitted()
    await billing.http.post(f"/claims/{(await billing.draft())['id']}/cancel", json={"reason": "doublon"})
    after = [value("billing_claims_total", gateway="INFIMAX", status=name) for name in names]
    assert [b - a for a, b in zip(before, after, strict=True)] == [2, 1, 1]
    assert value("billing_gateway_calls_total", gateway="INFIMAX", outcome="failed") == failed + 1
    metrics = (await billing.running.http.get("/metrics")).text
    assert 'billing_claims_total{gateway="INFIMAX",status="SUBMITTED"}' in metrics
