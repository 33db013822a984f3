"""Which spans are sent: a part of all traces whole, and whatever failed or took long of the others."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator

import pytest
from common import context
from common.telemetry import traces
from common.telemetry.sampling import Sampling
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

Sampled = Callable[[float], tuple[InMemorySpanExporter, Sampling]]


@pytest.fixture
def sampled() -> Iterator[Sampled]:
    """Has spans made from now on, `ratio` of the traces whole; gives where they come to."""
    provider = TracerProvider()

    def start(ratio: float) -> tuple[InMemorySpanExporter, Sampling]:
        sent = InMemorySpanExporter()
        sampling = Sampling(SimpleSpanProcessor(sent), ratio)
        provider.add_span_processor(sampling)
        traces.use(provider.get_tracer("tests"))
        return sent, sampling

    yield start
    traces.use(None)
    provider.shutdown()


def names(sent: InMemorySpanExporter) -> list[str]:
    return [span.name for span in sent.get_finished_spans()]


def request(name: str, *, parent: str | None = None, fails: bool = False) -> None:
    """A request with a statement in it."""
    with traces.span(name, SpanKind.SERVER, parent=parent or context.new_traceparent()):
        traces.note_statement("SELECT 1", started=0 if name == "slow" else time.time_ns())
        if fails:
            traces.fail("500")


def test_a_tenth_of_the_traces_is_sent_whole(sampled: Sampled) -> None:
    sent, _ = sampled(0.1)
    random.seed(20261128)
    for _each in range(3000):
        request("fine", parent=f"00-{random.getrandbits(128):032x}-{random.getrandbits(64) | 1:016x}-01")
    found = names(sent)
    assert found.count("fine") == found.count("SELECT")
    assert 240 <= found.count("fine") <= 360  # a tenth of 3,000, four standard deviations either way


def test_every_process_chooses_the_same_traces(sampled: Sampled) -> None:
    one, _ = sampled(0.5)
    other, _ = sampled(0.5)
    for _each in range(100):
        request("fine")
    assert names(one) == names(other)
    assert 0 < len(names(one)) < 200


def test_what_failed_is_sent_with_all_that_led_to_it(sampled: Sampled) -> None:
    sent, _ = sampled(0)
    request("fine")
    request("broken", fails=True)
    assert names(sent) == ["SELECT", "broken"]


def test_a_part_that_failed_shows_what_came_before_and_after_it(sampled: Sampled) -> None:
    sent, _ = sampled(0)
    with traces.span("handler", SpanKind.CONSUMER):
        traces.note_statement("SELECT 1", started=time.time_ns())
        with pytest.raises(ValueError, match="late"), traces.span("call", SpanKind.CLIENT):
            raise ValueError("late")
        traces.note_statement("ROLLBACK", started=time.time_ns())
    assert names(sent) == ["SELECT", "call", "ROLLBACK", "handler"]


def test_what_took_long_is_sent(sampled: Sampled) -> None:
    sent, _ = sampled(0)
    request("slow")
    assert names(sent) == ["SELECT", "slow"]


def test_after_an_error_the_rest_of_its_trace_is_sent_too(sampled: Sampled) -> None:
    sent, _ = sampled(0)
    cause = context.new_traceparent()
    request("broken", parent=cause, fails=True)
    request("again", parent=cause)
    request("another")
    assert names(sent) == ["SELECT", "broken", "SELECT", "again"]


async def test_requests_side_by_side_do_not_drop_each_other_s_spans(sampled: Sampled) -> None:
    sent, _ = sampled(0)
    cause = context.new_traceparent()
    began, may_end = asyncio.Event(), asyncio.Event()

    async def long() -> None:
        with traces.span("long", SpanKind.CONSUMER, parent=cause):
            traces.note_statement("INSERT", started=time.time_ns())
            began.set()
            await may_end.wait()
            traces.fail("TimeoutError")

    running = asyncio.create_task(long())
    await began.wait()
    request("short", parent=cause)
    may_end.set()
    await running
    assert names(sent) == ["INSERT", "long"]


async def test_nothing_is_held_back_for_ever(sampled: Sampled) -> None:
    sent, sampling = sampled(0)
    may_end = asyncio.Event()

    async def outlives() -> None:
        with traces.span("later", SpanKind.INTERNAL):
            await may_end.wait()

    with traces.span("request", SpanKind.SERVER):
        running = asyncio.create_task(outlives())
        await asyncio.sleep(0)
    may_end.set()
    await running
    with traces.span("long", SpanKind.CONSUMER):
        for _each in range(1000):
            traces.note_statement("SELECT 1", started=time.time_ns())
        assert sum(map(len, sampling._held.values())) < 300
        traces.fail("500")
    assert 200 < len(names(sent)) < 300
    assert not sampling._held
    assert not sampling._root_of
