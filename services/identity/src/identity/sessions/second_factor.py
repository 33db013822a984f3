"""Use cases of the second factor: enrolling, activating, giving it."""

import base64
import secrets
from uuid import UUID

from common import audit, context
from common.clock import now
from common.contracts.enums import UserStatus
from common.crypto import BlindIndex, Cell
from common.errors import Conflict, Detail, InvalidInput, NotFound, Unauthenticated
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import repository as accounts
from identity.accounts.models import User
from identity.resources import IdentityResources
from identity.security import totp
from identity.sessions import repository, throttle
from identity.sessions.domain import RECOVERY_CODES, TRUST_LIFETIME
from identity.sessions.models import TrustedDevice
from identity.sessions.schemas import Enrolling, SecondFactor, Tokens
from identity.sessions.service import refuse_unless_admitted, sign_in


async def enroll(resources: IdentityResources, session: AsyncSession, user_id: UUID, code: str | None) -> Enrolling:
    """A new secret, in force once `activate` has seen its first code. Whoever has a second factor gives it first."""
    user = await _active(session, user_id)
    if user.mfa_enabled:
        await throttle.check(resources.database, throttle.address_of(user.email, resources.blind_index))
        if code is None:
            raise Conflict("A second factor is active; give its code to enrol another", code="AUTH_MFA_ACTIVE")
        if not await _accepts(resources, session, user, code):
            raise await _wrong_code(resources, session, user)
    secret = totp.new_secret()
    user.mfa_pending_secret = resources.cipher.encrypt(secret, Cell("users", "mfa_pending_secret", user.id))
    audit.record(session, "identity", "user.mfa-enroll", "User", user.id)
    return Enrolling(secret=secret, otpauth_uri=totp.uri(secret, user.email))


async def activate(resources: IdentityResources, session: AsyncSession, user_id: UUID, code: str) -> list[str]:
    """Put the enrolled secret in force; gives the recovery codes. `InvalidInput` when the code is not its."""
    user = await _active(session, user_id)
    if user.mfa_pending_secret is None:
        raise Conflict("No second factor is being enrolled", code="AUTH_MFA_NOT_ENROLLED")
    await throttle.check(resources.database, throttle.address_of(user.email, resources.blind_index))
    secret = resources.cipher.decrypt(user.mfa_pending_secret, Cell("users", "mfa_pending_secret", user.id))
    step = totp.matching_step(secret, code, now(), after=0)
    if step is None:
        raise await _wrong_code(resources, session, user)
    return await put_in_force(resources, session, user, secret, step)


async def put_in_force(
    resources: IdentityResources, session: AsyncSession, user: User, secret: str, step: int
) -> list[str]:
    """Make `secret` the user's second factor, `step` being spent; gives new recovery codes."""
    user.mfa_secret = resources.cipher.encrypt(secret, Cell("users", "mfa_secret", user.id))
    user.mfa_pending_secret = None
    user.mfa_last_step = step
    audit.record(
        session,
        "identity",
        "user.mfa-activate",
        "User",
        user.id,
        audit.changed({"mfaEnabled": user.mfa_enabled}, {"mfaEnabled": True}),
    )
    user.mfa_enabled = True
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    hashes = [_recovery_hash(resources.blind_index, user.id, code) for code in codes]
    await repository.replace_recovery_codes(session, user.id, hashes)
    await repository.forget_devices(session, user.id)
    return codes


async def verify(resources: IdentityResources, session: AsyncSession, given: SecondFactor) -> Tokens:
    """Complete a login. A wrong code counts as a failed login of the account."""
    token = resources.private_tokens.read_second_factor(given.mfa_token)
    user = await accounts.user(session, token.user_id, lock=True)
    if user is None or not user.mfa_enabled:
        raise Unauthenticated("Log in again", code="AUTH_MFA_TOKEN_INVALID")
    address = throttle.address_of(user.email, resources.blind_index)
    await throttle.check(resources.database, address)
    refuse_unless_admitted(user)
    context.update(actor_id=user.id, actor_role=user.role.value)
    if not await _accepts(resources, session, user, given.code):
        await throttle.count_failure(session, address)
        audit.record(session, "identity", "user.mfa-failed", "User", user.id)
        raise Unauthenticated("The code is wrong or was used before", code="AUTH_MFA_CODE_INVALID").keeping()
    await throttle.clear(session, address)
    if given.trust_device and token.fingerprint:
        trusted = TrustedDevice(
            id=new_id(), user_id=user.id, fingerprint=token.fingerprint, expires_at=now() + TRUST_LIFETIME
        )
        await repository.trust(session, trusted)
        audit.record(session, "identity", "trusted-device.add", "User", user.id)
    return await sign_in(resources, session, user, token.fingerprint)


async def _active(session: AsyncSession, user_id: UUID) -> User:
    user = await accounts.user(session, user_id, lock=True)
    if user is None or user.status is not UserStatus.ACTIVE:
        raise NotFound("User")
    return user


async def _accepts(resources: IdentityResources, session: AsyncSession, user: User, code: str) -> bool:
    """Whether the code is right and fresh; it is spent then."""
    if len(code) > 6:
        found = await repository.recovery_code(session, user.id, _recovery_hash(resources.blind_index, user.id, code))
        if found is not None:
            found.used_at = now()
            audit.record(session, "identity", "user.recovery-code-used", "User", user.id)
        return found is not None
    secret = resources.cipher.decrypt(user.mfa_secret or "", Cell("users", "mfa_secret", user.id))
    step = totp.matching_step(secret, code, now(), after=user.mfa_last_step)
    if step is not None:
        user.mfa_last_step = step
    return step is not None


async def _wrong_code(resources: IdentityResources, session: AsyncSession, user: User) -> InvalidInput:
    await throttle.count_failure(session, throttle.address_of(user.email, resources.blind_index))
    audit.record(session, "identity", "user.mfa-failed", "User", user.id)
    detail = Detail("code", "INVALID_CODE", "wrong, too old, or used before")
    return InvalidInput("The code is not right", code="AUTH_MFA_CODE_INVALID", details=[detail]).keeping()


def _new_recovery_code() -> str:
    """Ten base32 characters, 50 random bits: `ABCDE-FGHIJ`."""
    text = base64.b32encode(secrets.token_bytes(7)).decode()[:10]
    return f"{text[:5]}-{text[5:]}"


def _recovery_hash(index: BlindIndex, user_id: UUID, code: str) -> str:
    return index.of("recovery_codes.code_hash", f"{user_id}:{code.replace('-', '').upper()}")
