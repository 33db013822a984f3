"""What traces hold, and what they never do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio
import uvicorn
from common import context
from common.clock import now
from common.db.engine import Database
from common.events.consume import handling
from common.events.envelope import Envelope
from common.http.middleware import Edge
from common.http.outgoing import Client
from common.ids import new_id
from common.servers import free_port
from common.settings import Settings
from common.telemetry import traces
from common.telemetry.export import exporting
from common.testing import eventually
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PRIVATE = "Éléonore Sentinelle"


def _only(spans: InMemorySpanExporter) -> ReadableSpan:
    [made] = spans.get_finished_spans()
    return made


def _attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


class Other:
    """Another server: keeps the headers and bodies it got."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.body())
        return JSONResponse({}, 500 if request.path_params["path"] == "broken" else 200)


@pytest_asyncio.fixture
async def other() -> AsyncIterator[Other]:
    made = Other()
    port = int(made.url.rsplit(":", 1)[1])
    server = uvicorn.Server(uvicorn.Config(made.app, "127.0.0.1", port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server._serve())
    await eventually(lambda: asyncio.sleep(0, server.started))
    yield made
    server.should_exit = True
    await serving


def test_without_an_endpoint_nothing_is_traced() -> None:
    with exporting("cases", Settings.model_construct(otel_exporter_otlp_endpoint=None)):
        assert not traces.is_on()
        traces.note_statement("SELECT 1", started=0)
        traces.fail("500")


async def test_connections_are_watched_only_while_traces_are_made(database: Database) -> None:
    connection = await database.connect()
    assert not connection._query_loggers
    await connection.close()


async def test_spans_are_sent_by_otlp_under_the_service_s_name(other: Other) -> None:
    settings = Settings.model_construct(otel_exporter_otlp_endpoint=other.url, axtech_env="staging")

    def work() -> None:
        with exporting("cases", settings), traces.span("work", SpanKind.INTERNAL):
            pass

    await asyncio.to_thread(work)  # which ends once the last span is sent
    assert not traces.is_on()
    [resource] = ExportTraceServiceRequest.FromString(other.bodies[0]).resource_spans
    about = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
    assert (about["service.name"], about["deployment.environment.name"]) == ("cases", "staging")
    assert resource.scope_spans[0].spans[0].name == "work"


def test_an_error_is_told_by_its_kind_alone(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match=PRIVATE), traces.span("work", SpanKind.INTERNAL):
        raise ValueError(PRIVATE)
    made = _only(spans)
    assert made.status.status_code is StatusCode.ERROR
    assert _attributes(made) == {"error.type": "ValueError"}
    assert PRIVATE not in made.to_json()


async def test_a_request_is_named_by_its_route_and_failed_by_its_status(spans: InMemorySpanExporter) -> None:
    async def broken(_request: Request) -> Response:
        raise RuntimeError(PRIVATE)

    app = Edge(Starlette(routes=[Route("/patients/{name}", broken)]), body_limit=10)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://test"
    ) as client:
        answer = await client.get(f"/patients/{PRIVATE}?q={PRIVATE}", headers={"traceparent": "nonsense"})
        await client.get("/health/live")
    made = _only(spans)
    assert (answer.status_code, made.status.status_code) == (500, StatusCode.ERROR)
    assert _attributes(made)["axtech.request_id"] == answer.headers["x-request-id"]
    assert "Sentinelle" not in made.to_json()


async def test_statements_are_kept_without_their_values(
    spans: InMemorySpanExporter, new_database: Callable[[str], Any]
) -> None:
    url = await new_database("cases")
    database = Database(lambda: url)
    await database.open()
    async with database.transaction() as session:
        await session.connection()  # the first of an engine also asks what server this is
    spans.clear()
    with traces.span("work", SpanKind.INTERNAL):
        async with database.transaction() as session:
            await session.execute(text("SELECT CAST(:name AS text)"), {"name": PRIVATE})
        await database.reads.fetchval("SELECT $1::text", PRIVATE)
        with pytest.raises(DBAPIError):
            async with database.transaction() as session:
                await session.execute(text("SELECT 1 / CAST(:zero AS integer)"), {"zero": 0})
        await asyncio.sleep(0)  # asyncpg's query logger is called a turn later
    await database.close()
    *statements, work = spans.get_finished_spans()
    assert [span.name for span in statements][:4] == ["BEGIN", "SELECT", "COMMIT", "SELECT"]
    assert all(span.parent and work.context and span.parent.span_id == work.context.span_id for span in statements)
    [failed] = [span for span in statements if span.status.status_code is StatusCode.ERROR]
    assert "1 / CAST" in _attributes(failed)["db.query.text"]
    assert not any("Sentinelle" in span.to_json() for span in statements)


async def test_the_trace_goes_along_to_our_services_and_to_nobody_else(
    spans: InMemorySpanExporter, other: Other
) -> None:
    async with Client(among_ours=True) as ours, Client() as theirs:
        with traces.span("work", SpanKind.SERVER):
            await ours.get(f"{other.url}/patients", headers={"traceparent": context.new_traceparent()})
            await theirs.post(f"{other.url}/broken?name={PRIVATE}")
    called, failed, work = spans.get_finished_spans()
    assert called.context
    assert f"{called.context.span_id:016x}" in other.headers[0]["traceparent"]
    assert "traceparent" not in other.headers[1]
    assert failed.status.status_code is StatusCode.ERROR
    assert {span.context.trace_id for span in (called, failed, work) if span.context} == {
        work.context.trace_id if work.context else 0
    }
    assert "Sentinelle" not in failed.to_json()


def test_what_a_handler_does_belongs_to_the_trace_of_its_cause(spans: InMemorySpanExporter) -> None:
    envelope = _envelope()
    with handling("billing-cases", envelope):
        cause = context.current()
    made = _only(spans)
    assert made.context
    assert (made.name, made.kind) == (f"billing-cases {envelope.name}", SpanKind.CONSUMER)
    assert made.parent
    assert f"{made.parent.span_id:016x}" == envelope.traceparent.split("-")[2]
    assert cause.traceparent.split("-")[1:3] == [f"{made.context.trace_id:032x}", f"{made.context.span_id:016x}"]


def _envelope() -> Envelope:
    return Envelope(
        id=new_id(),
        source="axtech/cases",
        type="axtech.cases.case.status-changed.v1",
        subject=new_id(),
        time=now(),
        dataschema="urn:axtech:contract:CaseStatusChangedV1",
        aggregateversion=1,
        correlationid=new_id(),
        requestid=context.new_request_id(),
        traceparent=context.new_traceparent(),
        data={},
    )
