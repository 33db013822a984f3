"""Use cases of staff: inviting and listing."""

from collections.abc import Sequence
from uuid import UUID

from common import audit
from common.auth import Actor
from common.contracts.enums import LinkPurpose, Role, UserStatus
from common.contracts.identity import UserLinkRequestedV1, UserRegisteredV1
from common.db.constraints import flush_or_refuse
from common.errors import BrokenRule, Conflict, Detail
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts.models import User
from identity.staff import policies, repository
from identity.staff.models import Department, StaffProfile
from identity.staff.repository import Member
from identity.staff.schemas import NewStaff, StaffBody

REFUSALS = {
    "uq_users_email": Conflict("An account has this e-mail address already", code="BIZ_EMAIL_TAKEN"),
    "uq_staff_profiles_employee_id": Conflict("A member of staff has this employee id", code="BIZ_EMPLOYEE_ID_TAKEN"),
}
_ACCOUNT = {"email", "role", "language"}


async def invite(session: AsyncSession, actor: Actor, given: NewStaff) -> Member:
    """Make an account without a password; the mailed link sets one. `Forbidden`, `Conflict` for a taken address or
    employee id, `BrokenRule` for an unknown manager."""
    policies.may_administer_staff(actor)
    if given.manager_id is not None and await repository.profile(session, given.manager_id) is None:
        detail = Detail("managerId", "UNKNOWN", "no such member of staff")
        raise BrokenRule("The manager is not known", code="BIZ_MANAGER_UNKNOWN", details=[detail])
    user = User(id=new_id(), status=UserStatus.PENDING_VERIFICATION, **given.model_dump(include=_ACCOUNT))
    session.add(user)
    await flush_or_refuse(session, REFUSALS)
    profile = StaffProfile(id=new_id(), user_id=user.id, **given.model_dump(exclude=_ACCOUNT))
    session.add(profile)
    await flush_or_refuse(session, REFUSALS)
    outbox.record(session, UserRegisteredV1(user_id=user.id, role=user.role), of=user)
    outbox.record(session, UserLinkRequestedV1(user_id=user.id, purpose=LinkPurpose.STAFF_INVITATION), of=user)
    changes = audit.changed({}, given.model_dump(mode="json", by_alias=True, exclude_none=True))
    audit.record(session, "identity", "staff.invite", "User", user.id, changes)
    return profile, user


async def list_staff(
    session: AsyncSession,
    actor: Actor,
    *,
    role: Role | None,
    department: Department | None,
    cursor: UUID | None,
    limit: int,
) -> Sequence[Member]:
    """A page of staff, newest first, and one more where another page follows."""
    policies.may_administer_staff(actor)
    return await repository.staff(session, role=role, department=department, cursor=cursor, limit=limit)


def body_of(member: Member) -> StaffBody:
    """A profile and its account as one."""
    profile, user = member
    own = {name: getattr(profile, name) for name in StaffBody.model_fields if hasattr(profile, name)}
    return StaffBody.model_validate({**own, "email": user.email, "role": user.role, "status": user.status})
