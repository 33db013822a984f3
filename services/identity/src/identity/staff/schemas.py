"""HTTP bodies of staff."""

from typing import Annotated, Literal
from uuid import UUID

from common.contracts.enums import Role, UserStatus
from common.http import Schema, UtcDateTime
from pydantic import Field

from identity.accounts.models import Language
from identity.security.types import Email, Name, NewPassword
from identity.staff.models import Department

StaffRole = Literal[Role.OPS, Role.BILLING, Role.TECHNICIAN, Role.COMPLIANCE_ADMIN]
EmployeeId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$")]
GrantedPermission = Annotated[str, Field(pattern=r"^[a-z][a-z-]*(:[a-z][a-z-]*){1,3}$", max_length=100)]


class NewStaff(Schema):
    email: Email
    role: StaffRole
    employee_id: EmployeeId
    department: Department
    first_name: Name | None = None
    last_name: Name | None = None
    language: Language = Language.FR
    permissions: Annotated[list[GrantedPermission], Field(max_length=50)] = Field(default_factory=list)
    manager_id: UUID | None = None


class SeededStaff(Schema):
    """An account of a test or development stack, with what only its owner knows elsewhere."""

    email: Email
    password: NewPassword
    role: StaffRole
    employee_id: EmployeeId
    department: Department
    totp_secret: Annotated[str, Field(pattern=r"^[A-Z2-7]{16,128}$", description="base32")]
    first_name: Name | None = None
    last_name: Name | None = None


class StaffBody(Schema):
    """`id` is the profile's."""

    id: UUID
    user_id: UUID
    email: str
    role: Role
    status: UserStatus
    employee_id: str
    department: Department
    first_name: str | None
    last_name: str | None
    permissions: list[str]
    manager_id: UUID | None
    created_at: UtcDateTime
    updated_at: UtcDateTime
