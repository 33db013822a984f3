"""Use case of registering: the same answer, in the same time, whether or not the address is taken."""

from dataclasses import dataclass
from uuid import UUID

from common import audit, context
from common.contracts.enums import LinkPurpose, Role, UserStatus
from common.contracts.identity import UserAddressReusedV1, UserLinkRequestedV1, UserRegisteredV1
from common.events import outbox
from common.ids import new_id
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import repository
from identity.accounts.models import User
from identity.accounts.schemas import PatientRegistration, PrescriberRegistration
from identity.consents import service as consents
from identity.patients import service as patients
from identity.prescribers import service as prescribers
from identity.resources import IdentityResources


@dataclass(frozen=True, slots=True)
class Account:
    user_id: UUID
    profile_id: UUID
    status: UserStatus = UserStatus.PENDING_VERIFICATION


async def register(
    resources: IdentityResources, session: AsyncSession, given: PatientRegistration | PrescriberRegistration
) -> Account:
    """Make an account that waits for its address to be verified. Where the address is taken, its owner is told by
    mail, and the caller gets ids that lead nowhere."""
    password_hash = await resources.passwords.hash(given.password)
    user = await _insert(session, given, password_hash)
    if user is None:
        return await _tell_owner(session, given.email)
    context.update(actor_id=user.id, actor_role=user.role.value)
    outbox.record(session, UserRegisteredV1(user_id=user.id, role=user.role), of=user)
    outbox.record(session, UserLinkRequestedV1(user_id=user.id, purpose=LinkPurpose.VERIFY_EMAIL), of=user)
    audit.record(session, "identity", "user.register", "User", user.id)
    if isinstance(given, PrescriberRegistration):
        return Account(user.id, (await prescribers.create(session, user.id, given.profile)).id)
    patient = await patients.create(resources, session, user.id, given.profile)
    for consent in given.consents:
        consents.give(session, patient.id, user.id, consent)
    return Account(user.id, patient.id)


async def _insert(
    session: AsyncSession, given: PatientRegistration | PrescriberRegistration, password_hash: str
) -> User | None:
    """The new account; None when the address is taken, even by a registration at the same moment."""
    if await repository.user_of_email(session, given.email):
        return None
    # Somebody else's number is left out without a word: it may be added, and proved, later.
    free = given.phone is not None and not await repository.phone_taken(session, given.phone)
    for phone in (given.phone, None) if free else (None,):
        user = User(
            email=given.email,
            phone=phone,
            password_hash=password_hash,
            role=Role(given.role),
            status=UserStatus.PENDING_VERIFICATION,
            language=given.language,
        )
        try:
            async with session.begin_nested():
                session.add(user)
                await session.flush()
        except IntegrityError:
            continue
        return user
    return None


async def _tell_owner(session: AsyncSession, email: str) -> Account:
    owner = await repository.user_of_email(session, email)
    if owner is not None:
        outbox.record(session, UserAddressReusedV1(user_id=owner.id), of=owner)
        audit.record(session, "identity", "user.address-reused", "User", owner.id)
    return Account(new_id(), new_id())
