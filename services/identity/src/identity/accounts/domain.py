"""Rules of accounts: states, lifetimes of what is mailed."""

from datetime import timedelta
from enum import StrEnum

from common.contracts.enums import LinkPurpose, Role, UserStatus

LINK_LIFETIME = {
    LinkPurpose.VERIFY_EMAIL: timedelta(days=3),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
    LinkPurpose.STAFF_INVITATION: timedelta(days=7),
}
LINK_PATH = {
    LinkPurpose.VERIFY_EMAIL: "/verify-email",
    LinkPurpose.RESET_PASSWORD: "/reset-password",
    LinkPurpose.STAFF_INVITATION: "/accept-invitation",
}
PHONE_CODE_LIFETIME = timedelta(minutes=10)
PHONE_CODE_ATTEMPTS = 5

_CHANGES = {
    UserStatus.PENDING_VERIFICATION: (UserStatus.SUSPENDED, UserStatus.DELETED),
    UserStatus.ACTIVE: (UserStatus.SUSPENDED, UserStatus.DELETED),
    UserStatus.SUSPENDED: (UserStatus.ACTIVE, UserStatus.PENDING_VERIFICATION, UserStatus.DELETED),
    UserStatus.DELETED: (),
}


class Entry(StrEnum):
    """Whether an account may log in."""

    ADMITTED = "ADMITTED"
    NOT_VERIFIED = "NOT_VERIFIED"
    SUSPENDED = "SUSPENDED"
    GONE = "GONE"


def allowed_statuses(status: UserStatus, *, email_verified: bool) -> list[UserStatus]:
    """What an administrator may change a status to. An unverified account cannot be made active by hand, nor the
    other way round."""
    barred = UserStatus.PENDING_VERIFICATION if email_verified else UserStatus.ACTIVE
    return [new for new in _CHANGES[status] if new is not barred]


def entry(status: UserStatus) -> Entry:
    """What a right password is worth in this state."""
    return {
        UserStatus.ACTIVE: Entry.ADMITTED,
        UserStatus.PENDING_VERIFICATION: Entry.NOT_VERIFIED,
        UserStatus.SUSPENDED: Entry.SUSPENDED,
        UserStatus.DELETED: Entry.GONE,
    }[status]


def may_administer(role: Role, target: Role) -> bool:
    """OPS administers patients and prescribers; COMPLIANCE_ADMIN everybody."""
    if role is Role.COMPLIANCE_ADMIN:
        return True
    return role is Role.OPS and target in {Role.PATIENT, Role.PRESCRIBER}


def has_use_for(purpose: LinkPurpose, status: UserStatus, *, email_verified: bool) -> bool:
    """Whether a link mailed now would do anything: addresses are proved once, invitations accepted once, and a
    suspended or closed account gets none."""
    if status not in {UserStatus.ACTIVE, UserStatus.PENDING_VERIFICATION}:
        return False
    return purpose is LinkPurpose.RESET_PASSWORD or not email_verified
