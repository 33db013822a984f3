"""Use cases of accounts: verification, passwords, phones, status."""

from collections.abc import Sequence
from uuid import UUID

from common import audit, context
from common.auth import Actor
from common.contracts.enums import LinkPurpose, Role, UserStatus
from common.contracts.identity import (
    UserLinkRequestedV1,
    UserPhoneCodeRequestedV1,
    UserStatusChangedV1,
    UserVerifiedV1,
)
from common.errors import BrokenRule, Conflict, Detail, InvalidInput, NotFound
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import one_time, policies, repository
from identity.accounts.domain import allowed_statuses
from identity.accounts.models import TokenPurpose, User
from identity.resources import IdentityResources
from identity.sessions import endings, throttle
from identity.sessions import repository as logins
from identity.sessions.models import SessionEnd

_BY_LINK = (TokenPurpose.RESET_PASSWORD, TokenPurpose.STAFF_INVITATION)


async def verify_email(session: AsyncSession, token: str) -> User:
    """Redeem a verification link; `InvalidInput` when it is no good."""
    redeemed = await one_time.redeem(session, token, TokenPurpose.VERIFY_EMAIL)
    user = await _locked(session, redeemed.user_id)
    _prove_address(session, user)
    await repository.spend_tokens(session, user.id, TokenPurpose.VERIFY_EMAIL)
    return user


def _prove_address(session: AsyncSession, user: User) -> None:
    """Whoever reads the mail owns the account: it becomes active, unless it was suspended."""
    context.update(actor_id=user.id, actor_role=user.role.value)
    if user.email_verified:
        return
    user.email_verified = True
    outbox.record(session, UserVerifiedV1(user_id=user.id, role=user.role), of=user)
    audit.record(
        session,
        "identity",
        "user.verify-email",
        "User",
        user.id,
        audit.changed({"emailVerified": False}, {"emailVerified": True}),
    )
    if user.status is UserStatus.PENDING_VERIFICATION:
        set_status(session, user, UserStatus.ACTIVE)


async def forgot_password(resources: IdentityResources, session: AsyncSession, email: str) -> None:
    """Have a link mailed where there is an account; nobody can tell from outside."""
    user = await repository.user_of_email(session, email)
    address = throttle.address_of(email, resources.blind_index)
    audit.record(session, "identity", "user.forgot-password", "User", user.id if user else UUID(hex=address[:32]))
    if user is not None and user.status in {UserStatus.ACTIVE, UserStatus.PENDING_VERIFICATION}:
        outbox.record(session, UserLinkRequestedV1(user_id=user.id, purpose=LinkPurpose.RESET_PASSWORD), of=user)


async def reset_password(resources: IdentityResources, session: AsyncSession, token: str, new_password: str) -> None:
    """Set a password by a mailed link, which also verifies the address (and so accepts an invitation)."""
    if not await one_time.is_open(resources.database, token):
        raise one_time.invalid_link()
    password_hash = await resources.passwords.hash(new_password)
    redeemed = await one_time.redeem(session, token, *_BY_LINK)
    user = await _locked(session, redeemed.user_id)
    if user.status is UserStatus.DELETED:
        raise one_time.invalid_link()
    _prove_address(session, user)
    await _set_password(resources, session, user, password_hash, "user.reset-password")
    await repository.spend_tokens(session, user.id, *_BY_LINK, TokenPurpose.VERIFY_EMAIL)


async def change_password(
    resources: IdentityResources, session: AsyncSession, actor: Actor, current: str, new: str
) -> None:
    """Set another password; every session ends, the caller's included."""
    email, known = await repository.password_of(resources.database, actor.user_id)
    address = throttle.address_of(email, resources.blind_index)
    await throttle.check(resources.database, address)
    right = await resources.passwords.verify(current, known)
    password_hash = await resources.passwords.hash(new) if right else ""
    user = await _locked(session, actor.user_id)
    if not right or user.password_hash != known:
        await throttle.count_failure(session, address)
        audit.record(session, "identity", "user.change-password-failed", "User", user.id)
        detail = Detail("currentPassword", "WRONG_PASSWORD", "not the current password")
        raise InvalidInput("The current password is wrong", code="AUTH_WRONG_PASSWORD", details=[detail]).keeping()
    await _set_password(resources, session, user, password_hash, "user.change-password")


async def _set_password(
    resources: IdentityResources, session: AsyncSession, user: User, password_hash: str, action: str
) -> None:
    user.password_hash = password_hash
    await endings.end_all(session, user.id, SessionEnd.PASSWORD_CHANGED)
    await logins.forget_devices(session, user.id)
    await throttle.clear(session, throttle.address_of(user.email, resources.blind_index))
    changes = {"passwordHash": {"before": audit.MASK, "after": audit.MASK}}
    audit.record(session, "identity", action, "User", user.id, changes)


async def request_phone_code(session: AsyncSession, actor: Actor, phone: str | None) -> None:
    """Have a code sent to the account's number, or to another that becomes it. A number that belongs to another
    account is neither taken nor told of."""
    user = await _locked(session, actor.user_id)
    if phone is not None and phone != user.phone:
        if await repository.phone_taken(session, phone, by_other_than=user.id):
            return
        before = {"phone": user.phone, "phoneVerified": user.phone_verified}
        user.phone, user.phone_verified = phone, False
        changes = audit.changed(before, {"phone": phone, "phoneVerified": False})
        audit.record(session, "identity", "user.change-phone", "User", user.id, changes)
    if user.phone is None:
        raise BrokenRule("The account has no phone number", code="BIZ_NO_PHONE")
    outbox.record(session, UserPhoneCodeRequestedV1(user_id=user.id), of=user)


async def confirm_phone(resources: IdentityResources, session: AsyncSession, actor: Actor, code: str) -> User:
    """Verify the account's number by the code sent to it; after five wrong tries a code is no good."""
    user = await _locked(session, actor.user_id)
    if user.phone is None or not await one_time.redeem_phone_code(session, user, code, resources.blind_index):
        detail = Detail("code", "INVALID_CODE", "wrong, too old, or used before")
        raise InvalidInput("The code is not right", code="AUTH_PHONE_CODE_INVALID", details=[detail]).keeping()
    changes = audit.changed({"phoneVerified": user.phone_verified}, {"phoneVerified": True})
    user.phone_verified = True
    audit.record(session, "identity", "user.verify-phone", "User", user.id, changes)
    return user


async def read_user(session: AsyncSession, actor: Actor, user_id: UUID) -> User:
    """An account, as far as the actor may see it; `NotFound`."""
    policies.may_read_user(actor, user_id)
    user = await repository.user(session, user_id)
    if user is None:
        raise NotFound("User")
    if actor.user_id != user_id:
        audit.record(session, "identity", "user.read", "User", user.id)
    return user


async def list_users(
    session: AsyncSession,
    actor: Actor,
    *,
    role: Role | None,
    status: UserStatus | None,
    cursor: UUID | None,
    limit: int,
) -> Sequence[User]:
    """A page of accounts, newest first, and one more where another page follows."""
    policies.may_list_users(actor)
    audit.record(session, "identity", "user.list", "User", actor.user_id)
    return await repository.users(session, role=role, status=status, cursor=cursor, limit=limit)


async def user_to_administer(session: AsyncSession, actor: Actor, user_id: UUID) -> User:
    """An account the actor may change the status of, locked; `NotFound`, `Forbidden`."""
    policies.may_list_users(actor)
    user = await _locked(session, user_id)
    policies.may_change_status(actor, user)
    return user


async def change_status(session: AsyncSession, user: User, status: UserStatus) -> None:
    """Suspend, reactivate or close an account; its sessions end unless it is active."""
    if status is user.status:
        return
    allowed = allowed_statuses(user.status, email_verified=user.email_verified)
    if status not in allowed:
        details = [Detail("status", "ALLOWED", one.value) for one in allowed]
        raise Conflict(
            f"An account that is {user.status} cannot become {status}", code="BIZ_INVALID_TRANSITION", details=details
        )
    set_status(session, user, status)
    if status is not UserStatus.ACTIVE:
        await endings.end_all(session, user.id, SessionEnd.ACCOUNT_SUSPENDED)


def set_status(session: AsyncSession, user: User, status: UserStatus) -> None:
    """Change a status and tell; the caller has checked that it may."""
    before, user.status = user.status, status
    event = UserStatusChangedV1(user_id=user.id, from_status=before, to_status=status)
    outbox.record(session, event, of=user)
    changes = audit.changed({"status": before.value}, {"status": status.value})
    audit.record(session, "identity", "user.change-status", "User", user.id, changes)


async def _locked(session: AsyncSession, user_id: UUID) -> User:
    user = await repository.user(session, user_id, lock=True)
    if user is None:
        raise NotFound("User")
    return user
