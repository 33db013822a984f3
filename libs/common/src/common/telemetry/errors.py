"""Unexpected errors, reported to Sentry where a DSN is set. Of each: its kind, where it happened, in which request.

Nothing personal leaves: not what an error says, not the values in its frames, not the request's headers, body, address
or user. An event is made anew from what is known to be harmless, so a new version of the client adds nothing to it.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sentry_sdk
from sentry_sdk.types import Event, Hint
from structlog.typing import EventDict, WrappedLogger

from common import context
from common.settings import Settings

_KEPT = ("event_id", "timestamp", "platform", "level", "environment", "release", "sdk", "tags", "logger", "type")
_FRAME = ("filename", "function", "module", "lineno", "in_app")
_FLUSH_SECONDS = 2.0


@contextmanager
def reporting(service: str, settings: Settings) -> Iterator[None]:
    """Report errors inside the block."""
    if settings.sentry_dsn is None:
        yield
        return
    configure(service, settings.sentry_dsn.get_secret_value(), settings.axtech_env)
    try:
        yield
    finally:
        sentry_sdk.flush(_FLUSH_SECONDS)
        sentry_sdk.init()


def configure(service: str, dsn: str, environment: str, **options: Any) -> None:
    """Have errors sent to `dsn`."""
    sentry_sdk.init(
        dsn,
        environment=environment,
        before_send=scrub,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=None,
        server_name="",
        **options,
    )
    sentry_sdk.set_tag("service", service)


def report(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A processor of structlog: whatever is logged as an error with an exception is reported."""
    if event.get("level") in {"error", "critical"} and sentry_sdk.get_client().is_active():
        error = _exception(event.get("exc_info"))
        if error is not None:
            cause = context.current()
            with sentry_sdk.new_scope() as scope:
                scope.set_tag("request_id", cause.request_id)
                scope.set_tag("trace_id", cause.traceparent.split("-")[1])
                scope.set_tag("event", str(event.get("event")))
                sentry_sdk.capture_exception(error)
    return event


def _exception(given: Any) -> BaseException | None:
    """What `exc_info` stands for, in each of the ways it may be given."""
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exception() if given else None


def scrub(event: Event, _hint: Hint) -> Event | None:
    """The event with nothing in it that may be personal."""
    kept: dict[str, Any] = {name: event[name] for name in _KEPT if name in event}  # type: ignore[literal-required]
    values = (event.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_bare(value) for value in values]}
    return kept  # type: ignore[return-value]


def _bare(exception: dict[str, Any]) -> dict[str, Any]:
    frames = (exception.get("stacktrace") or {}).get("frames") or []
    bare = [{name: frame[name] for name in _FRAME if name in frame} for frame in frames]
    return {"type": exception.get("type"), "module": exception.get("module"), "stacktrace": {"frames": bare}}
