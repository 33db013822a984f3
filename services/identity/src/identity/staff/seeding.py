"""`python -m identity seed-staff`: staff accounts of a development or test stack, ready to log in.

They skip what people do for themselves: reading an invitation, choosing a password, enrolling a second factor.
"""

import argparse
import asyncio
import json
import sys
from uuid import UUID

from common import audit
from common.contracts.enums import UserStatus
from common.contracts.identity import UserRegisteredV1, UserStatusChangedV1, UserVerifiedV1
from common.crypto import Cell
from common.events import outbox
from common.ids import new_id
from common.runtime import Command
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import repository as accounts
from identity.accounts.models import Language, User
from identity.resources import IdentityResources
from identity.staff import repository
from identity.staff.models import StaffProfile
from identity.staff.schemas import SeededStaff

_ACCOUNTS = TypeAdapter(list[SeededStaff])
_PROFILE = {"employee_id", "department", "first_name", "last_name"}


async def seed(resources: IdentityResources, session: AsyncSession, given: SeededStaff) -> UUID:
    """Create the account, or set it right; gives the user's id. What is right already stays untouched."""
    user = await accounts.user_of_email(session, given.email)
    fresh = user is None
    if user is None:
        user = User(id=new_id(), email=given.email, language=Language.FR, status=UserStatus.PENDING_VERIFICATION)
        session.add(user)
    before = user.status
    user.role, user.status, user.email_verified = given.role, UserStatus.ACTIVE, True
    if fresh or not await resources.passwords.verify(given.password, user.password_hash):
        user.password_hash = await resources.passwords.hash(given.password)
    cell = Cell("users", "mfa_secret", user.id)
    if user.mfa_secret is None or resources.cipher.decrypt(user.mfa_secret, cell) != given.totp_secret:
        user.mfa_secret = resources.cipher.encrypt(given.totp_secret, cell)
        user.mfa_last_step = 0
    user.mfa_enabled = True
    await session.flush()
    profile = await repository.of_user(session, user.id)
    if profile is None:
        profile = StaffProfile(id=new_id(), user_id=user.id, permissions=[])
        session.add(profile)
    for name, value in given.model_dump(include=_PROFILE).items():
        setattr(profile, name, value)
    if fresh:
        outbox.record(session, UserRegisteredV1(user_id=user.id, role=user.role), of=user)
        outbox.record(session, UserVerifiedV1(user_id=user.id, role=user.role), of=user)
    if before is not UserStatus.ACTIVE:
        event = UserStatusChangedV1(user_id=user.id, from_status=before, to_status=UserStatus.ACTIVE)
        outbox.record(session, event, of=user)
    audit.record(session, "identity", "staff.seed", "User", user.id)
    return user.id


async def run(resources: IdentityResources, _arguments: argparse.Namespace) -> int:
    """Read a JSON list of accounts, write it back with user ids; 1 where it is refused."""
    if resources.settings.axtech_env == "production":
        return _refuse("seed-staff makes accounts whose secrets are known: it refuses in production")
    try:
        given = _ACCOUNTS.validate_json(await asyncio.to_thread(sys.stdin.read))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        return _refuse("; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in problems))
    made = []
    for account in given:
        async with resources.database.transaction() as session:
            user_id = await seed(resources, session, account)
        made.append({**account.model_dump(mode="json", by_alias=True, exclude_none=True), "userId": str(user_id)})
    sys.stdout.write(json.dumps(made) + "\n")
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(reason + "\n")
    return 1


COMMAND: Command[IdentityResources] = Command(
    "seed-staff",
    "create or set right staff accounts from a JSON list on standard input; not in production",
    lambda _parser: None,
    run,
)
