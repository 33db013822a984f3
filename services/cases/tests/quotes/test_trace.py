"""The approval of a quote, seen as one trace from the request to what other services made of it."""

from typing import Any

from common.testing import eventually
from common.testing.plugin import RunService
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

_TRACE = int("5" * 32, 16)
APPROVE = "POST /api/v1/quotes/{quote_id}/approve"
WHOLE = {APPROVE, "publish CASES", "billing-quotes quote.approved", "publish BILLING", "cases-timeline claim.created"}
"""Billing makes the claim and says so, which is heard in cases again."""


def _statements(spans: list[ReadableSpan], parent: ReadableSpan) -> list[str]:
    """What the database was asked under a span, in the order in which it had answered."""
    under = [span for span in spans if span.parent and parent.context and span.parent.span_id == parent.context.span_id]
    asked = [span for span in under if "db.query.text" in (span.attributes or {})]
    return [str((span.attributes or {})["db.query.text"]) for span in sorted(asked, key=lambda s: s.end_time or 0)]


async def test_an_approval_is_one_trace_across_services(
    spans: InMemorySpanExporter, working_desk: Any, run_worker: RunService
) -> None:
    billing = await run_worker("billing")
    desk = working_desk
    case = await desk.in_quote_pending()
    product = await desk.product()
    quote = await desk.send((await desk.draft(case["id"], desk.line(product)))["id"])
    spans.clear()
    caller = f"00-{'5' * 32}-{'7' * 16}-01"
    answer = await desk.mine.post(f"/quotes/{quote['id']}/approve", headers={"traceparent": caller})
    assert answer.status_code == 200

    def of_the_trace() -> list[ReadableSpan]:
        return [span for span in spans.get_finished_spans() if span.context and span.context.trace_id == _TRACE]

    async def names() -> set[str]:
        return {span.name for span in of_the_trace()}

    await eventually(names, until=lambda made: made >= WHOLE)
    made = of_the_trace()
    assert await billing.recorded("claim.created")

    [served] = [span for span in made if span.name == APPROVE]
    assert served.kind is SpanKind.SERVER
    assert served.parent
    assert served.parent.span_id == int("7" * 16, 16)
    asked = _statements(made, served)
    assert any("INSERT INTO outbox" in statement for statement in asked)
    assert "COMMIT" in asked[-1]

    assert served.context
    [published, *_] = [span for span in made if span.name == "publish CASES"]
    assert published.kind is SpanKind.PRODUCER
    assert published.parent
    assert published.parent.span_id == served.context.span_id

    [consumed] = [span for span in made if span.name == "billing-quotes quote.approved"]
    assert consumed.kind is SpanKind.CONSUMER
    assert consumed.parent
    assert consumed.parent.span_id == served.context.span_id
    assert any("INSERT INTO claims" in statement for statement in _statements(made, consumed))

    everything = " ".join(span.to_json() for span in made)
    for private in (product["name"], "600.00", str(desk.patient.user_id), case["id"]):
        assert private not in everything
