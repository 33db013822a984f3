"""`/auth`: logging in and out, second factor, sessions; and the published signing keys."""

from typing import Annotated, Any
from uuid import UUID

from common import context
from common.errors import Detail, InvalidInput, Unauthenticated
from common.http import CurrentActor, Page, RequestSession, api_router, edge_route, problems
from fastapi import APIRouter, Body, Cookie, Depends, Header, Request, Response
from starlette.responses import JSONResponse

from identity.resources import ResourcesOf
from identity.sessions import cookies, second_factor, service
from identity.sessions.models import SessionEnd
from identity.sessions.schemas import (
    Activation,
    Enrolling,
    Enrolment,
    EnrolmentRequired,
    Login,
    RecoveryCodes,
    Refresh,
    SecondFactor,
    SecondFactorRequired,
    SessionBody,
    Tokens,
)


async def _unstored(response: Response) -> None:
    """Tokens, secrets and codes rest nowhere on their way (RFC 6749, section 5.1)."""
    response.headers["Cache-Control"] = "no-store"


_secret = [Depends(_unstored)]
guarded = api_router("authentication", prefix="/auth", route_class=edge_route(limit="auth"), dependencies=_secret)
router = api_router("authentication", prefix="/auth", dependencies=_secret)
root = APIRouter(tags=["authentication"], responses=problems.DECLARED)


async def _enrolling_user(request: Request, resources: ResourcesOf) -> UUID:
    """Who enrols: a signed-in user, or staff whose token is good for nothing else."""
    actor = getattr(request.state, "actor", None)
    if actor is not None:
        return UUID(str(actor.user_id))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    user_id = resources.private_tokens.read_enrolment(token)
    context.update(actor_id=user_id)
    return user_id


EnrollingUser = Annotated[UUID, Depends(_enrolling_user)]


@guarded.post(
    "/login",
    response_model=Tokens | SecondFactorRequired | EnrolmentRequired,
    response_model_exclude_none=True,
)
async def login(body: Login, resources: ResourcesOf, session: RequestSession, response: Response) -> service.Outcome:
    """Log in by password; whoever has a second factor is asked for it next."""
    outcome = await service.login(resources, session, body)
    if body.use_cookie and isinstance(outcome, Tokens):
        return cookies.hand_over(resources, response, outcome)
    return outcome


@guarded.post("/mfa/verify", response_model=Tokens, response_model_exclude_none=True)
async def verify_second_factor(
    body: SecondFactor, resources: ResourcesOf, session: RequestSession, response: Response
) -> Tokens:
    """Complete a login by a TOTP or recovery code."""
    tokens = await second_factor.verify(resources, session, body)
    return cookies.hand_over(resources, response, tokens) if body.use_cookie else tokens


@guarded.post("/mfa/enroll", response_model=Enrolling)
async def enroll(
    user_id: EnrollingUser,
    resources: ResourcesOf,
    session: RequestSession,
    body: Annotated[Enrolment | None, Body()] = None,
) -> Enrolling:
    """Get a TOTP secret."""
    return await second_factor.enroll(resources, session, user_id, body.code if body else None)


@guarded.post("/mfa/activate", response_model=RecoveryCodes)
async def activate(
    body: Activation, user_id: EnrollingUser, resources: ResourcesOf, session: RequestSession
) -> dict[str, Any]:
    """Put the enrolled secret in force by its first code."""
    return {"recovery_codes": await second_factor.activate(resources, session, user_id, body.code)}


@router.post("/refresh", response_model=Tokens, response_model_exclude_none=True)
async def refresh(
    resources: ResourcesOf,
    session: RequestSession,
    response: Response,
    body: Annotated[Refresh | None, Body()] = None,
    cookie: Annotated[str | None, Cookie(alias=cookies.REFRESH_COOKIE, max_length=4096)] = None,
    csrf_token: Annotated[str | None, Header(alias=cookies.CSRF_HEADER, max_length=200)] = None,
) -> Tokens:
    """Exchange a refresh token for a new pair; one in the cookie needs the session's CSRF token in `X-CSRF-Token`."""
    if body is not None:
        return await service.refresh(resources, session, body.refresh_token)
    if cookie is None:
        detail = Detail("refreshToken", "MISSING", "neither in the body nor in the cookie")
        raise InvalidInput("A refresh token is needed", details=[detail])
    cookies.require_csrf(resources, cookie, csrf_token)
    return cookies.hand_over(resources, response, await service.refresh(resources, session, cookie))


@router.post("/logout", status_code=204)
async def logout(actor: CurrentActor, resources: ResourcesOf, session: RequestSession) -> Response:
    """End the session of the call."""
    await service.end_session(session, actor, actor.session_id, SessionEnd.LOGOUT)
    answer = Response(status_code=204)
    cookies.clear(resources, answer)
    return answer


@router.get("/sessions", response_model=Page[SessionBody])
async def list_sessions(actor: CurrentActor, session: RequestSession) -> dict[str, Any]:
    """The caller's open sessions, newest first; three at most, so one page."""
    held = await service.sessions_of(session, actor)
    items = [
        SessionBody(
            id=one.id,
            current=one.id == actor.session_id,
            ip_address=one.ip_address,
            user_agent=one.user_agent,
            created_at=one.created_at,
            last_used_at=one.last_used_at,
            expires_at=one.expires_at,
        )
        for one in held
    ]
    return {"items": items, "next_cursor": None}


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: UUID, actor: CurrentActor, session: RequestSession) -> Response:
    """End one of the caller's sessions."""
    await service.end_session(session, actor, session_id, SessionEnd.ENDED_BY_USER)
    return Response(status_code=204)


@root.get("/.well-known/jwks.json", response_class=JSONResponse)
async def signing_keys(resources: ResourcesOf) -> JSONResponse:
    """The public keys of access tokens (RFC 7517)."""
    return JSONResponse(resources.signing_keys.document, headers={"Cache-Control": "public, max-age=60"})
