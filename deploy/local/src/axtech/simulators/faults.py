"""Faults on demand: a simulator fails as real providers do, counted or by chance from a seed."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from enum import StrEnum
from threading import Lock
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Answers = Callable[[str, int], dict[str, Any]]
"""The provider's own error body for an operation and one of the statuses 429, 500 and 504."""


class Kind(StrEnum):
    """What goes wrong. Only TIMEOUT_AFTER_EFFECT, MALFORMED and SLOW let the request have its effect."""

    SERVER_ERROR = "SERVER_ERROR"
    RATE_LIMIT = "RATE_LIMIT"
    TIMEOUT = "TIMEOUT"
    TIMEOUT_AFTER_EFFECT = "TIMEOUT_AFTER_EFFECT"
    MALFORMED = "MALFORMED"
    EMPTY = "EMPTY"
    HTML = "HTML"
    SLOW = "SLOW"
    DUPLICATE_ACCEPTANCE = "DUPLICATE_ACCEPTANCE"
    LATE_REJECTION = "LATE_REJECTION"


SECONDS = {Kind.TIMEOUT: 60.0, Kind.TIMEOUT_AFTER_EFFECT: 60.0}


class FaultRequest(BaseModel):
    """A fault for the next `count` requests (1 unless told), or for each request with a `probability`.

    `operations` empty means every one; `seconds` is how long to hold, to delay, or until the late rejection;
    `code` and `reason` are the late rejection's.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")

    kind: Kind
    operations: list[str] = []
    count: Annotated[int, Field(ge=1)] | None = None
    probability: Annotated[float, Field(gt=0, le=1)] | None = None
    seed: int = 0
    seconds: Annotated[float, Field(ge=0, le=3600)] | None = None
    retry_after: Annotated[int, Field(ge=1)] = 1
    code: str = "LATE"
    reason: str = "Rejet tardif"

    @property
    def hold(self) -> float:
        """How long it takes, in seconds."""
        return SECONDS.get(self.kind, 2.0) if self.seconds is None else self.seconds


class Rule(BaseModel):
    """A fault in force, and how often it has struck."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    id: int
    fault: FaultRequest
    remaining: int | None
    struck: int = 0


class Faults:
    """The faults in force, asked once for each request in the order of arrival; from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rules: dict[int, Rule] = {}
        self._chances: dict[int, random.Random] = {}
        self._last_id = 0

    def add(self, fault: FaultRequest) -> Rule:
        """Put a fault in force."""
        remaining = fault.count if fault.count or fault.probability else 1
        with self._lock:
            self._last_id += 1
            rule = Rule(id=self._last_id, fault=fault, remaining=remaining)
            self._rules[rule.id] = rule
            self._chances[rule.id] = random.Random(fault.seed)  # noqa: S311 - chance that repeats, not secrecy
        return rule

    def rules(self) -> list[Rule]:
        """Those in force and those used up, the oldest first."""
        with self._lock:
            return list(self._rules.values())

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._rules.clear()
            self._chances.clear()

    def draw(self, operation: str) -> FaultRequest | None:
        """The fault that strikes this request, if one does."""
        with self._lock:
            for rule in self._rules.values():
                if self._strikes(rule, operation):
                    rule.struck += 1
                    if rule.remaining is not None:
                        rule.remaining -= 1
                    return rule.fault
        return None

    def _strikes(self, rule: Rule, operation: str) -> bool:
        fault = rule.fault
        if rule.remaining == 0 or (fault.operations and operation not in fault.operations):
            return False
        return fault.probability is None or self._chances[rule.id].random() < fault.probability


class FaultMiddleware:
    """Applies the drawn fault to a request; those that concern the endpoint itself it leaves in `state["fault"]`."""

    def __init__(
        self, app: ASGIApp, faults: Faults, operation: Callable[[str, str], str | None], answers: Answers
    ) -> None:
        self._app = app
        self._faults = faults
        self._operation = operation
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = self._operation(scope["method"], scope["path"]) if scope["type"] == "http" else None
        fault = self._faults.draw(operation) if operation else None
        if operation is None or fault is None:
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["fault"] = fault
        answer = await self._strike(operation, fault, scope, receive)
        await (answer or self._app)(scope, receive, send)

    async def _strike(self, operation: str, fault: FaultRequest, scope: Scope, receive: Receive) -> Response | None:
        """The answer the fault gives; None when the application is to answer."""
        answer: Response | None = None
        match fault.kind:
            case Kind.SERVER_ERROR:
                answer = JSONResponse(self._answers(operation, 500), 500)
            case Kind.RATE_LIMIT:
                answer = JSONResponse(self._answers(operation, 429), 429, {"Retry-After": str(fault.retry_after)})
            case Kind.EMPTY:
                answer = Response(status_code=200)
            case Kind.HTML:
                answer = HTMLResponse("<html><body><h1>502 Bad Gateway</h1></body></html>", 502)
            case Kind.TIMEOUT:
                answer = await self._held(operation, fault, receive)
            case Kind.TIMEOUT_AFTER_EFFECT:
                await _captured(self._app, scope, receive)
                answer = await self._held(operation, fault, receive)
            case Kind.MALFORMED:
                status, body = await _captured(self._app, scope, receive)
                answer = Response(body[: len(body) // 2], status, media_type="application/json")
            case Kind.SLOW:
                await asyncio.sleep(fault.hold)
        return answer

    async def _held(self, operation: str, fault: FaultRequest, receive: Receive) -> Response:
        """Answer nothing until the caller gives up or the time is over."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_disconnected(receive), fault.hold)
        return JSONResponse(self._answers(operation, 504), 504)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _captured(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[int, bytes]:
    """Let the app answer into the void."""
    status, body = 500, b""

    async def keep(message: Message) -> None:
        nonlocal status, body
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            body += message.get("body", b"")

    await app(scope, receive, keep)
    return status, body


def fault_routes(faults: Faults, operations: frozenset[str], kinds: frozenset[Kind]) -> APIRouter:
    """`POST`, `GET` and `DELETE /control/faults`."""
    router = APIRouter(prefix="/control/faults", tags=["control"])

    @router.post("", status_code=201)
    async def add(fault: FaultRequest) -> Rule:
        unknown = set(fault.operations) - operations
        if unknown or fault.kind not in kinds:
            known = {"kinds": sorted(kinds), "operations": sorted(operations)}
            raise HTTPException(422, {"message": "no such kind or operation here", **known})
        return faults.add(fault)

    @router.get("")
    async def rules() -> list[Rule]:
        return faults.rules()

    @router.delete("", status_code=204)
    async def clear() -> None:
        faults.clear()

    return router
