"""Links and codes that work once: only their hashes are stored."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from common.clock import now
from common.contracts.enums import LinkPurpose
from common.crypto import BlindIndex
from common.db import Database
from common.errors import InvalidInput
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import repository
from identity.accounts.domain import LINK_LIFETIME, LINK_PATH, PHONE_CODE_ATTEMPTS, PHONE_CODE_LIFETIME
from identity.accounts.models import OneTimeToken, TokenPurpose, User

_IS_OPEN = "SELECT true FROM one_time_tokens WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2"


def hash_of(token: str) -> str:
    """A link's token has 256 random bits: a plain hash gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()


def mint_link(session: AsyncSession, user_id: UUID, purpose: LinkPurpose, public_url: str) -> tuple[str, datetime]:
    """A new single-use link and the moment it runs out; earlier ones of the same purpose stay good."""
    token = secrets.token_urlsafe(32)
    expires_at = now() + LINK_LIFETIME[purpose]
    session.add(
        OneTimeToken(
            user_id=user_id, purpose=TokenPurpose(purpose.value), token_hash=hash_of(token), expires_at=expires_at
        )
    )
    return f"{public_url.rstrip('/')}{LINK_PATH[purpose]}?token={token}", expires_at


async def redeem(session: AsyncSession, token: str, *purposes: TokenPurpose) -> OneTimeToken:
    """Use up a link's token; `InvalidInput` when it is unknown, used, out of time or for something else."""
    found = await repository.open_token(session, hash_of(token), purposes)
    if found is None:
        raise invalid_link()
    found.used_at = now()
    return found


async def is_open(database: Database, token: str) -> bool:
    """Whether a link's token is worth the work of redeeming it."""
    return bool(await database.reads.fetchval(_IS_OPEN, hash_of(token), now()))


def invalid_link() -> InvalidInput:
    return InvalidInput("The link is not valid, was used already or has expired", code="AUTH_LINK_INVALID")


def mint_phone_code(session: AsyncSession, user: User, index: BlindIndex) -> tuple[str, datetime]:
    """A new six-digit code for the user's number as it is now, and the moment it runs out."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    token_id, expires_at = new_id(), now() + PHONE_CODE_LIFETIME
    session.add(
        OneTimeToken(
            id=token_id,
            user_id=user.id,
            purpose=TokenPurpose.PHONE_CODE,
            token_hash=_code_hash(token_id, code, index),
            target=_phone_target(user, index),
            expires_at=expires_at,
        )
    )
    return code, expires_at


async def redeem_phone_code(session: AsyncSession, user: User, code: str, index: BlindIndex) -> bool:
    """Use up the code; False when it is none of the user's open ones, and then the try counts against each."""
    found = await repository.open_phone_codes(session, user.id, _phone_target(user, index))
    alive = [token for token in found if token.failures < PHONE_CODE_ATTEMPTS]
    for token in alive:
        if secrets.compare_digest(token.token_hash, _code_hash(token.id, code, index)):
            token.used_at = now()
            return True
    for token in alive:
        token.failures += 1
    return False


def _code_hash(token_id: UUID, code: str, index: BlindIndex) -> str:
    """Keyed, since a code has a million values only."""
    return index.of("one_time_tokens.token_hash", f"{token_id}:{code}")


def _phone_target(user: User, index: BlindIndex) -> str:
    return index.of("one_time_tokens.target", user.phone or "")
