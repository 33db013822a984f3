"""What endpoints ask for."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from common import context
from common.auth.actor import Actor
from common.errors import Forbidden, Unauthenticated

_bearer = HTTPBearer(auto_error=False, description="An access token of the identity service")


async def identify(request: Request) -> Actor | None:
    """The caller, None without an Authorization header; `Unauthenticated` when the header is no good."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    actor: Actor = await request.app.state.resources.tokens.actor(header)
    context.update(actor_id=actor.user_id, actor_role=actor.role.value)
    return actor


async def current_actor(request: Request, _scheme: Annotated[object, Depends(_bearer)]) -> Actor:
    """The signed-in caller; 401 when there is none."""
    refused: Unauthenticated | None = getattr(request.state, "refused", None)
    if refused is not None:
        raise refused
    actor: Actor | None = getattr(request.state, "actor", None)
    if actor is None:
        raise Unauthenticated
    return actor


async def request_session(request: Request) -> AsyncSession:
    """The request's unit of work; committed by the route once the answer is made."""
    session: AsyncSession = request.state.session
    return session


async def internal_caller(request: Request) -> str:
    """The service that calls an internal endpoint."""
    caller: str = request.app.state.resources.service_tokens.caller(request.headers.get("authorization"))
    return caller


def allow_callers(*services: str) -> Callable[[str], Awaitable[str]]:
    """A dependency that lets only these services in."""

    async def check(caller: InternalCaller) -> str:
        if caller not in services:
            raise Forbidden
        return caller

    return check


CurrentActor = Annotated[Actor, Depends(current_actor)]
RequestSession = Annotated[AsyncSession, Depends(request_session)]
InternalCaller = Annotated[str, Depends(internal_caller)]
