"""What Sentry is told of an error, and what it is not."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from common import context
from common.http.middleware import Edge
from common.telemetry import errors, logs
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from starlette.types import Receive, Scope, Send

PRIVATE = ("Éléonore Sentinelle", "258039999999933", "eleonore@patients.example", "sentinel-token", "203.0.113.7")


class Kept(Transport):
    """Keeps what would be sent."""

    sent: list[Envelope]

    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__(options)
        Kept.sent = []

    def capture_envelope(self, envelope: Envelope) -> None:
        Kept.sent.append(envelope)


@pytest.fixture(autouse=True)
def _reported() -> Iterator[None]:
    logs.configure("tests", level="WARNING", json=True)
    errors.configure("cases", "https://key@sentry.example.com/1", "production", transport=Kept)
    yield
    sentry_sdk.init()


def told() -> list[Any]:
    return [event for envelope in Kept.sent if (event := envelope.get_event()) is not None]


async def _fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
    name, _number, address, _token, _ip = PRIVATE
    raise RuntimeError(f"no prescription of {name}, {address}")


async def test_an_unexpected_error_is_reported_with_its_request_and_nothing_personal() -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/patients/{PRIVATE[1]}",
        "query_string": f"q={PRIVATE[0]}".encode(),
        "headers": [(b"authorization", f"Bearer {PRIVATE[3]}".encode()), (b"x-request-id", b"req_1")],
        "client": (PRIVATE[4], 1),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": PRIVATE[2].encode()}

    async def send(_message: Any) -> None:
        """To nobody."""

    await Edge(_fails, body_limit=1000)(scope, receive, send)
    [event] = told()
    [error] = event["exception"]["values"]
    assert (error["type"], event["environment"]) == ("RuntimeError", "production")
    assert error["stacktrace"]["frames"][-1]["function"] == "_fails"
    assert event["tags"]["service"] == "cases"
    assert event["tags"]["request_id"] == "req_1"
    everything = json.dumps(event, ensure_ascii=False)
    assert not [private for private in PRIVATE if private in everything]


@pytest.mark.parametrize("logger", [structlog.get_logger("x"), logging.getLogger("x")], ids=["structlog", "logging"])
def test_what_is_logged_with_an_exception_is_reported(logger: Any) -> None:
    try:
        [PRIVATE[0]].remove(PRIVATE[1])
    except ValueError:
        logger.exception("job_failed")
    [event] = told()
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert event["tags"]["trace_id"] == context.current().traceparent.split("-")[1]
    assert PRIVATE[0] not in json.dumps(event, ensure_ascii=False)


def test_warnings_and_errors_without_an_exception_are_not() -> None:
    structlog.get_logger("x").warning("handler_failed", exc_info=ValueError("x"))
    structlog.get_logger("x").error("nothing raised")
    assert told() == []


def test_an_event_is_made_anew_from_what_is_harmless() -> None:
    event: Any = {
        "event_id": "1",
        "message": PRIVATE[0],
        "user": {"email": PRIVATE[2]},
        "request": {"data": PRIVATE[1], "headers": {"Authorization": PRIVATE[3]}},
        "breadcrumbs": {"values": [{"message": PRIVATE[0]}]},
        "extra": {"payload": PRIVATE[1]},
        "contexts": {"anything": PRIVATE[2]},
        "exception": {
            "values": [
                {
                    "type": "E",
                    "value": PRIVATE[0],
                    "stacktrace": {
                        "frames": [{"function": "f", "vars": {"nir": PRIVATE[1]}, "context_line": PRIVATE[2]}]
                    },
                }
            ]
        },
    }
    made = errors.scrub(event, {})
    assert made == {
        "event_id": "1",
        "exception": {"values": [{"type": "E", "module": None, "stacktrace": {"frames": [{"function": "f"}]}}]},
    }
