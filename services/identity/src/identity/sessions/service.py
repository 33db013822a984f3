"""Use cases of logging in and out."""

from collections.abc import Sequence
from uuid import UUID

from common import audit, context
from common.auth import Actor
from common.clock import now
from common.contracts.enums import STAFF, UserStatus
from common.errors import AppError, Forbidden, NotFound, Unauthenticated
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import repository as accounts
from identity.accounts.domain import Entry, entry
from identity.accounts.models import User
from identity.resources import IdentityResources
from identity.security.tokens import (
    ACCESS_LIFETIME,
    ENROLMENT_LIFETIME,
    REFRESH_LIFETIME,
    RefreshToken,
    SecondFactorToken,
)
from identity.sessions import endings, repository, throttle
from identity.sessions.domain import surplus
from identity.sessions.models import LoginSession, SessionEnd
from identity.sessions.schemas import EnrolmentRequired, Login, SecondFactorRequired, Tokens

Outcome = Tokens | SecondFactorRequired | EnrolmentRequired


async def login(resources: IdentityResources, session: AsyncSession, given: Login) -> Outcome:
    """Check a password. An address without an account takes as long, counts the same and hears the same."""
    address = throttle.address_of(given.email, resources.blind_index)
    await throttle.check(resources.database, address)
    known = await repository.credentials(resources.database, given.email)
    right = await resources.passwords.verify(given.password, known.password_hash if known else None)
    user = await accounts.user(session, known.user_id, lock=True) if known and right else None
    # Changed while it was compared: the password is no longer right.
    if user is None or known is None or user.password_hash != known.password_hash:
        raise await refused(session, address, known.user_id if known else None)
    refuse_unless_admitted(user)
    context.update(actor_id=user.id, actor_role=user.role.value)
    fingerprint = fingerprint_of(resources, user.id, given.device_fingerprint)
    if user.mfa_enabled and not (fingerprint and await repository.trusts(session, user.id, fingerprint)):
        return SecondFactorRequired(
            mfa_token=resources.private_tokens.second_factor(SecondFactorToken(user.id, fingerprint))
        )
    if user.role in STAFF and not user.mfa_enabled:
        return EnrolmentRequired(
            access_token=resources.private_tokens.enrolment(user.id), expires_in=int(ENROLMENT_LIFETIME.total_seconds())
        )
    await throttle.clear(session, address)
    return await sign_in(resources, session, user, fingerprint)


async def refused(session: AsyncSession, address: str, user_id: UUID | None) -> AppError:
    """Count a failed attempt and put it on record; the error to raise."""
    await throttle.count_failure(session, address)
    # An unknown address is on record under an id made of its keyed hash: attempts at one address belong together.
    audit.record(session, "identity", "user.login-failed", "User", user_id or UUID(hex=address[:32]))
    return Unauthenticated("E-mail address or password is wrong", code="AUTH_INVALID_CREDENTIALS").keeping()


def refuse_unless_admitted(user: User) -> None:
    """Raise unless the account may log in; only told to those who know its password."""
    state = entry(user.status)
    if state is Entry.GONE:
        raise Unauthenticated("E-mail address or password is wrong", code="AUTH_INVALID_CREDENTIALS")
    if state is Entry.NOT_VERIFIED:
        raise Forbidden("The e-mail address is not verified yet", code="AUTH_EMAIL_NOT_VERIFIED")
    if state is Entry.SUSPENDED:
        raise Forbidden("The account is suspended", code="AUTH_ACCOUNT_SUSPENDED")


def fingerprint_of(resources: IdentityResources, user_id: UUID, given: str | None) -> str | None:
    """What is stored of a device's fingerprint: a keyed hash, of use with this user only."""
    return resources.blind_index.of("trusted_devices.fingerprint", f"{user_id}:{given}") if given else None


async def sign_in(resources: IdentityResources, session: AsyncSession, user: User, fingerprint: str | None) -> Tokens:
    """Open a session for a user whose row is locked; the oldest ends where there would be too many."""
    held = await repository.open_sessions(session, user.id)
    endings.end(session, held[: surplus(len(held))], SessionEnd.TOO_MANY)
    cause = context.current()
    opened = LoginSession(
        id=new_id(),
        user_id=user.id,
        refresh_token_id=new_id(),
        fingerprint=fingerprint,
        ip_address=cause.ip_address,
        user_agent=cause.user_agent,
        last_used_at=now(),
        expires_at=now() + REFRESH_LIFETIME,
    )
    session.add(opened)
    user.last_login_at = now()
    audit.record(session, "identity", "user.login", "User", user.id)
    return await _tokens(resources, session, user, opened)


async def refresh(resources: IdentityResources, session: AsyncSession, text: str) -> Tokens:
    """Exchange a refresh token for a new pair. One that was exchanged before ends its session: it was stolen, or is
    being used by whom it was stolen from."""
    token = resources.private_tokens.read_refresh(text)
    held = await repository.session_of(session, token.session_id)
    if held is None or held.user_id != token.user_id:
        raise Unauthenticated("The refresh token is not valid", code="AUTH_REFRESH_TOKEN_INVALID")
    if held.ended_at is not None or held.expires_at <= now():
        raise Unauthenticated("The session has ended", code="AUTH_SESSION_REVOKED")
    context.update(actor_id=held.user_id)
    if held.refresh_token_id != token.token_id:
        endings.end(session, [held], SessionEnd.TOKEN_REUSED)
        raise Unauthenticated("The refresh token was used before", code="AUTH_REFRESH_TOKEN_REUSED").keeping()
    user = await accounts.user(session, held.user_id)
    if user is None or user.status is not UserStatus.ACTIVE:
        raise Unauthenticated("The session has ended", code="AUTH_SESSION_REVOKED")
    held.refresh_token_id = new_id()
    held.last_used_at, held.expires_at = now(), now() + REFRESH_LIFETIME
    return await _tokens(resources, session, user, held)


async def _tokens(resources: IdentityResources, session: AsyncSession, user: User, held: LoginSession) -> Tokens:
    actor = await repository.actor_of(session, user, held.id)
    refresh_token = RefreshToken(user.id, held.id, held.refresh_token_id)
    return Tokens(
        access_token=resources.signing_keys.access_token(actor, user.email),
        refresh_token=resources.private_tokens.refresh(refresh_token, held.expires_at),
        expires_in=int(ACCESS_LIFETIME.total_seconds()),
    )


async def end_session(session: AsyncSession, actor: Actor, session_id: UUID, reason: SessionEnd) -> None:
    """End one of the actor's own sessions; `NotFound` when it is none of theirs. One that has ended stays ended."""
    held = await repository.session_of(session, session_id)
    if held is None or held.user_id != actor.user_id:
        raise NotFound("Session")
    endings.end(session, [held], reason)


async def sessions_of(session: AsyncSession, actor: Actor) -> Sequence[LoginSession]:
    """The actor's open sessions, newest first."""
    return list(reversed(await repository.open_sessions(session, actor.user_id)))
