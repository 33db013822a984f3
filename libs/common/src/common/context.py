"""What is known of the request or message being served; carried to logs, events, audit and calls to other services."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from common.ids import random_hex

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True, slots=True)
class Context:
    """The cause of whatever is being done now."""

    request_id: str
    traceparent: str
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    actor_id: UUID | None = None
    actor_role: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None


_current: ContextVar[Context | None] = ContextVar("axtech_context", default=None)


def new_request_id() -> str:
    """An unguessable request id, `req_` and 24 hexadecimal digits."""
    return f"req_{random_hex(12)}"


def accept_request_id(value: str | None) -> str:
    """The caller's request id when it is harmless to log and forward, else a new one."""
    return value if value and _REQUEST_ID.fullmatch(value) else new_request_id()


def new_traceparent() -> str:
    """A W3C trace context that starts a trace, sampled."""
    digits = random_hex(24)
    return f"00-{digits[:32]}-{digits[32:]}-01"


def child_traceparent(parent: str | None) -> str:
    """The trace of `parent` with a span of its own; a new trace where `parent` is malformed."""
    if parent and re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", parent):
        version, trace, _, flags = parent.split("-")
        return f"{version}-{trace}-{random_hex(8)}-{flags}"
    return new_traceparent()


def current() -> Context:
    """The context in force; an empty one of its own outside any request."""
    found = _current.get()
    if found is None:
        found = Context(request_id=new_request_id(), traceparent=new_traceparent())
        _current.set(found)
    return found


@contextmanager
def use(context: Context) -> Iterator[Context]:
    """Serve under `context` inside the block."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def update(**changes: Any) -> None:
    """Fill in what became known while serving (the actor, once the token is checked)."""
    _current.set(replace(current(), **changes))
