"""Structured logs: one JSON object a line, with the request id, and personal data masked."""

import logging
import re
import sys
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from common import context
from common.telemetry import errors

_SENSITIVE = re.compile(
    r"password|secret|token|authorization|cookie|nir|carte.?vitale|first.?name|last.?name|birth|address|phone|email|"
    r"clinical|payload|body|code$|otp|iban",
    re.IGNORECASE,
)
_SAFE = {"error_code", "status_code", "event_id"}
_OURS = frozenset({"level", "logger", "timestamp", "requestId", "traceId", "service", "method", "path"})
"""What the platform itself makes, for every line: nothing to look for in them."""
_SHORTEST = 6
"""Characters; nothing shorter is personal."""
_PATTERNS = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[email]"),
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "[token]"),
    (
        re.compile(
            r"\b[12][ ]?\d{2}[ ]?(?:0[1-9]|1[0-2]|[2-9]\d)[ ]?(?:\d{2}|2[AB])[ ]?\d{3}[ ]?\d{3}(?:[ ]?\d{2})?\b"
        ),
        "[nir]",
    ),
    (re.compile(r"\+\d{8,15}\b"), "[phone]"),
    (re.compile(r"(?<=://)[^/@\s:]+:[^/@\s]+(?=@)"), "[credentials]"),
)


def mask(text: str) -> str:
    """`text` with mail addresses, tokens, NIRs, phone numbers and URL credentials replaced."""
    for pattern, label in _PATTERNS:
        text = pattern.sub(label, text)
    return text


def _mask_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: value if key in _OURS else _masked(key, value) for key, value in event.items()}


def _masked(key: str, value: Any) -> Any:
    if key not in _SAFE and _SENSITIVE.search(key):
        return "[masked]"
    if isinstance(value, str):
        return mask(value) if len(value) >= _SHORTEST else value
    if isinstance(value, dict):
        return {inner: _masked(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(key, item) for item in value]
    return value


def _add_context(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    cause = context.current()
    event["requestId"] = cause.request_id
    event["traceId"] = cause.traceparent.split("-")[1]
    return event


class _StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def _json(event: EventDict, **_options: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def configure(service: str, *, level: str, json: bool) -> None:
    """Send structlog and the standard library's logging, in one format, to standard error."""

    def add_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_context,
        add_service,
        errors.report,
        structlog.processors.format_exc_info,
        _mask_event,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_json)
        if json
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    handler = _StderrHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.access", "httpx", "botocore", "aiobotocore", "nats", "faststream"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
