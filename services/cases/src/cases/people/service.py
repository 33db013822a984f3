"""Asking identity about people: somebody who is given work, and the age that a rule goes by."""

from collections.abc import Collection
from uuid import UUID

from common.contracts.enums import Role, UserStatus
from common.errors import BrokenRule, Detail
from common.http.client import ServiceClient
from pydantic import BaseModel, ConfigDict


class Person(BaseModel):
    """A user as identity describes them to other services; names are not kept here."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID
    role: Role
    status: UserStatus


async def fetch_person(services: ServiceClient, user_id: UUID | None) -> Person | None:
    """The user; None for no id or an unknown one. To be called before the first query of a request."""
    if user_id is None:
        return None
    found = await services.get("identity", f"/users/{user_id}")
    return None if found is None else Person.model_validate(found)


async def fetch_under_16(services: ServiceClient, patient_id: UUID) -> bool | None:
    """Whether the patient is under 16 today; None for an unknown one. To be called before the first query."""
    found = await services.get("identity", f"/patients/{patient_id}/age-group")
    return None if found is None else bool(found["under16"])


def require_assignable(person: Person | None, wanted: UUID | None, roles: Collection[Role]) -> None:
    """`BrokenRule` when somebody is wanted who is unknown, inactive or of another role than one of `roles`."""
    if wanted is None:
        return
    problem = _problem(person, roles)
    if problem is not None:
        code, message = problem
        detail = Detail("assignedTo", code, message)
        raise BrokenRule("This cannot be given to that user", code="BIZ_ASSIGNEE_UNSUITABLE", details=[detail])


def _problem(person: Person | None, roles: Collection[Role]) -> tuple[str, str] | None:
    if person is None:
        return "UNKNOWN", "no such user"
    if person.status is not UserStatus.ACTIVE:
        return "INACTIVE", "the account is not active"
    if person.role not in roles:
        return "WRONG_ROLE", f"only {', '.join(sorted(roles))}"
    return None
