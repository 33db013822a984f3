"""The route class of every endpoint: rate limit, unit of work, idempotency key.

The transaction ends here, after the answer is made and before it is sent: a client never reads a success that was not
committed, and an error never leaves half a change behind.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.responses import Response

from common.auth.actor import Actor
from common.errors import AppError, Conflict, Forbidden, Unauthenticated
from common.http.denials import note_denial
from common.http.dependencies import identify
from common.http.idempotency import HEADER, IdempotentCall, KeyTaken
from common.http.middleware import raise_body_limit

Endpoint = Callable[[Request], Awaitable[Response]]


class EdgeRoute(APIRoute):
    """An endpoint whose work is one transaction."""

    limit_group: ClassVar[str | None] = "general"
    body_limit: ClassVar[int | None] = None

    def get_route_handler(self) -> Callable[[Request], Any]:
        _refuse_threads(self.dependant)
        endpoint: Endpoint = super().get_route_handler()

        async def edge(request: Request) -> Response:
            if self.body_limit is not None:
                raise_body_limit(request, self.body_limit)
            await self._admit(request)
            call = await _idempotent_call(request)
            database = request.app.state.resources.database
            if call is not None and (kept := await call.earlier_answer(database)) is not None:
                return kept
            try:
                async with database.session() as session:
                    request.state.session = session
                    try:
                        answer = await endpoint(request)
                    except AppError as refused:
                        if refused.keeps_changes:
                            await database.commit(session)
                        raise
                    if answer.status_code < 400:
                        if call is not None and not _holds_secrets(answer):
                            await call.keep(session, answer)
                        await database.commit(session)
                    return answer
            except Exception as error:
                # Another call with the same key may have won, and so made this one fail: give the winner's answer.
                if call is not None and (kept := await call.earlier_answer(database)) is not None:
                    return kept
                if isinstance(error, Forbidden):
                    await note_denial(request, getattr(request.state, "actor", None))
                if isinstance(error, KeyTaken):
                    raise Conflict("The first call is still under way", code="SYS_IDEMPOTENCY_IN_PROGRESS") from error
                raise

        return edge

    async def _admit(self, request: Request) -> None:
        """Find out who calls and count the call. A bad token is refused by the endpoints that ask for one."""
        if request.scope["path"].startswith("/internal/"):
            return
        try:
            actor = await identify(request)
        except Unauthenticated as error:
            request.state.refused, actor = error, None
        request.state.actor = actor
        group = self.limit_group
        if group is None:
            return
        await request.app.state.resources.rate_limits.check(request.scope, group, _caller(request, actor, group))


def _refuse_threads(dependant: Dependant) -> None:
    """`TypeError` for an endpoint, or anything it depends on, that is not async: FastAPI would call it in a thread."""
    call: Any = dependant.call
    if not (inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(type(call).__call__)):
        raise TypeError(f"{call.__qualname__} must be `async def`: a thread costs more than what it does")
    for each in dependant.dependencies:
        _refuse_threads(each)


def _holds_secrets(answer: Response) -> bool:
    """An answer that may not be stored, here as little as anywhere; the call is simply made again then."""
    return "no-store" in answer.headers.get("cache-control", "")


def _caller(request: Request, actor: Actor | None, group: str) -> str:
    """Who is counted: the user; or, where there is none yet, the address and the endpoint."""
    if actor is not None and group != "auth":
        return f"user:{actor.user_id}"
    address = request.client.host if request.client else "unknown"
    return f"address:{address}:{request.scope['route'].path}" if group == "auth" else f"address:{address}"


async def _idempotent_call(request: Request) -> IdempotentCall | None:
    key = request.headers.get(HEADER)
    if request.method != "POST" or key is None:
        return None
    actor: Actor | None = getattr(request.state, "actor", None)
    owner = f"user:{actor.user_id}" if actor else f"address:{request.client.host if request.client else 'unknown'}"
    # A multipart body differs from try to try by its boundary; what it carries is recognised by its own hash.
    multipart = request.headers.get("content-type", "").startswith("multipart/")
    return IdempotentCall.of(owner, key, "POST", request.url.path, b"" if multipart else await request.body())


def edge_route(*, limit: str | None = "general", body_limit: int | None = None) -> type[EdgeRoute]:
    """An `EdgeRoute` of a rate limit group of section 9.3, and of a body limit (bytes) of its own.

    `limit` None: not counted. For calls from few addresses that prove who they are, such as a provider's reports.
    """
    return type(
        f"{(limit or 'unlimited').title()}Route", (EdgeRoute,), {"limit_group": limit, "body_limit": body_limit}
    )
