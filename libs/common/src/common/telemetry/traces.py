"""Traces by OpenTelemetry, off until `configure` is told where to send them: then no span is made, and none costs.

Every span is recorded; which are sent is decided once it is known how they ended (`sampling.py`). Spans hold routes,
statements without values, names of consumers and kinds of errors: nothing that a caller sent, so nothing personal.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_STATEMENT = 2000
"""Characters of a statement that a span keeps."""
Attributes = Mapping[str, str | int]

_tracer: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Make spans by `tracer` from now on; None ends it. Databases opened before are not traced."""
    global _tracer  # noqa: PLW0603 - one a process, like its logs
    _tracer = tracer


def is_on() -> bool:
    """Whether spans are made."""
    return _tracer is not None


@contextmanager
def span(
    name: str, kind: SpanKind, *, parent: str | None = None, attributes: Attributes | None = None
) -> Iterator[str]:
    """A span around the block, which gets its traceparent; only while `is_on()`.

    `parent` is a traceparent; without one it is the span in force, if any. An error leaving the block marks it failed.
    """
    if _tracer is None:
        raise RuntimeError("tracing is off")
    above = _PROPAGATOR.extract({"traceparent": parent}) if parent else None
    with _tracer.start_as_current_span(
        name, above, kind, dict(attributes or {}), record_exception=False, set_status_on_exception=False
    ) as made:
        context = made.get_span_context()
        try:
            yield f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
        except BaseException as error:
            fail(error)
            raise


def fail(error: BaseException | str) -> None:
    """Mark the span in force as failed, by the kind of the error: what it says may be personal."""
    kind = error if isinstance(error, str) else type(error).__name__
    current = trace.get_current_span()
    current.set_attribute("error.type", kind)
    current.set_status(Status(StatusCode.ERROR, kind))


def describe(name: str, attributes: Attributes) -> None:
    """Name the span in force by what became known while it lasted."""
    current = trace.get_current_span()
    current.update_name(name)
    current.set_attributes(dict(attributes))


def note(
    name: str,
    kind: SpanKind,
    *,
    started: int,
    parent: str | None = None,
    attributes: Attributes | None = None,
    error: BaseException | None = None,
) -> None:
    """A span of what has just ended; `started` in nanoseconds of `time.time_ns`. Nothing where there is no trace."""
    if _tracer is None or not (parent or trace.get_current_span().is_recording()):
        return
    above = _PROPAGATOR.extract({"traceparent": parent}) if parent else None
    made = _tracer.start_span(name, above, kind, dict(attributes or {}), start_time=started)
    if error is not None:
        made.set_attribute("error.type", type(error).__name__)
        made.set_status(Status(StatusCode.ERROR, type(error).__name__))
    made.end()


def note_statement(statement: str, *, started: int, error: BaseException | None = None) -> None:
    """A span of a statement that the database has just answered."""
    operation = statement.split(None, 1)[0].rstrip(";").upper() if statement.strip() else "EMPTY"
    attributes = {
        "db.system.name": "postgresql",
        "db.operation.name": operation,
        "db.query.text": statement[:_STATEMENT],
    }
    note(operation, SpanKind.CLIENT, started=started, attributes=attributes, error=error)


def note_query(query: Any) -> None:
    """asyncpg's query logger: what did not go through SQLAlchemy, and what begins and ends transactions."""
    started = time.time_ns() - int(query.elapsed * 1e9)
    note_statement(query.query, started=started, error=query.exception)
