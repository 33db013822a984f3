"""`/auth`: registration, verification, passwords, phones; `/users`."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from common.contracts.enums import Role, UserStatus
from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, edge_route, page_of
from common.http.etags import check_if_match, set_etag
from common.http.pages import DEFAULT_LIMIT
from fastapi import Body, Request, Response
from fastapi.exceptions import RequestValidationError

from identity.accounts import registration, service
from identity.accounts.models import User
from identity.accounts.schemas import (
    ForgottenPassword,
    MailedToken,
    MeBody,
    PasswordChange,
    PasswordReset,
    PhoneCode,
    PhoneToVerify,
    Registered,
    Registration,
    StatusChange,
    UserBody,
    VerifiedAccount,
    VerifiedPhone,
)
from identity.resources import ResourcesOf
from identity.sessions import repository as logins

_Guarded = edge_route(limit="auth")


class _RegistrationRoute(_Guarded):  # type: ignore[misc, valid-type]
    """Names a field by its JSON path: pydantic puts the chosen role in front of it."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handler: Callable[[Request], Any] = super().get_route_handler()

        async def named(request: Request) -> Response:
            try:
                answer: Response = await handler(request)
            except RequestValidationError as error:
                raise RequestValidationError([_without_role(problem) for problem in error.errors()]) from error
            return answer

        return named


def _without_role(problem: dict[str, Any]) -> dict[str, Any]:
    first, *rest = problem["loc"]
    if str(problem["type"]).startswith("union_tag"):
        return {**problem, "loc": (first, "role")}
    return {**problem, "loc": (first, *(rest[1:] if rest and rest[0] in set(Role) else rest))}


registering = api_router("authentication", prefix="/auth", route_class=_RegistrationRoute)
guarded = api_router("authentication", prefix="/auth", route_class=_Guarded)
router = api_router("accounts")


@registering.post("/register", status_code=201, response_model=Registered)
async def register(body: Registration, resources: ResourcesOf, session: RequestSession) -> registration.Account:
    """Register a patient or a prescriber; a link to verify the address is mailed."""
    return await registration.register(resources, session, body)


@router.post("/auth/verify-email", response_model=VerifiedAccount, tags=["authentication"])
async def verify_email(body: MailedToken, session: RequestSession) -> VerifiedAccount:
    """Verify the address by the mailed link's token."""
    user = await service.verify_email(session, body.token)
    return VerifiedAccount(user_id=user.id, status=user.status)


@guarded.post("/password/forgot", status_code=202, response_class=Response)
async def forgot_password(body: ForgottenPassword, resources: ResourcesOf, session: RequestSession) -> Response:
    """Have a link mailed to set a new password."""
    await service.forgot_password(resources, session, body.email)
    return Response(status_code=202)


@guarded.post("/password/reset", status_code=204)
async def reset_password(body: PasswordReset, resources: ResourcesOf, session: RequestSession) -> Response:
    """Set a password by the mailed link's token; staff accept their invitation so."""
    await service.reset_password(resources, session, body.token, body.new_password)
    return Response(status_code=204)


@guarded.post("/password/change", status_code=204)
async def change_password(
    body: PasswordChange, actor: CurrentActor, resources: ResourcesOf, session: RequestSession
) -> Response:
    """Change one's password; every session ends."""
    await service.change_password(resources, session, actor, body.current_password, body.new_password)
    return Response(status_code=204)


@guarded.post("/phone/request", status_code=202, response_class=Response)
async def request_phone_code(
    actor: CurrentActor, session: RequestSession, body: Annotated[PhoneToVerify | None, Body()] = None
) -> Response:
    """Have a code sent to one's phone."""
    await service.request_phone_code(session, actor, body.phone if body else None)
    return Response(status_code=202)


@guarded.post("/phone/confirm", response_model=VerifiedPhone)
async def confirm_phone(body: PhoneCode, actor: CurrentActor, resources: ResourcesOf, session: RequestSession) -> User:
    """Verify one's phone by the code."""
    return await service.confirm_phone(resources, session, actor, body.code)


@router.get("/users/me", response_model=MeBody)
async def me(actor: CurrentActor, session: RequestSession, response: Response) -> MeBody:
    """One's own account, as it stands now."""
    user = await service.read_user(session, actor, actor.user_id)
    present = await logins.actor_of(session, user, actor.session_id)
    set_etag(response, user.version)
    return MeBody(
        **UserBody.model_validate(user).model_dump(),
        permissions=sorted(present.permissions),
        patient_id=present.patient_id,
        prescriber_id=present.prescriber_id,
        staff_id=present.staff_id,
        proxy_for=sorted(present.proxy_for),
    )


@router.get("/users", response_model=Page[UserBody])
async def list_users(
    actor: CurrentActor,
    session: RequestSession,
    cursor: Cursor,
    limit: Limit = DEFAULT_LIMIT,
    role: Role | None = None,
    status: UserStatus | None = None,
) -> dict[str, Any]:
    """Accounts, newest first."""
    found = await service.list_users(session, actor, role=role, status=status, cursor=cursor, limit=limit)
    return page_of(found, limit)


@router.get("/users/{user_id}", response_model=UserBody)
async def read_user(user_id: UUID, actor: CurrentActor, session: RequestSession, response: Response) -> User:
    """One account."""
    user = await service.read_user(session, actor, user_id)
    set_etag(response, user.version)
    return user


@router.patch("/users/{user_id}", response_model=UserBody)
async def change_status(
    user_id: UUID,
    body: StatusChange,
    actor: CurrentActor,
    session: RequestSession,
    request: Request,
    response: Response,
) -> User:
    """Suspend, reactivate or close an account."""
    user = await service.user_to_administer(session, actor, user_id)
    check_if_match(request, user.version)
    await service.change_status(session, user, body.status)
    await session.flush()
    set_etag(response, user.version)
    return user
