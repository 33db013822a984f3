"""The role matrix of the specification's section 2.3 as it stands there, for tests to hold the code against."""

from common.contracts.enums import Role

ROLES = (Role.PATIENT, Role.PRESCRIBER, Role.OPS, Role.BILLING, Role.TECHNICIAN, Role.COMPLIANCE_ADMIN)
_TABLE = """
case:create      Own      Via_upload  All  Read     Read      Read
case:read        Own      Related     All  All      Assigned  All
case:update      Limited  No          All  Limited  No        No
document:upload  Own      Own         All  No       Own       No
document:read    Own      Related     All  All      Assigned  All
quote:create     No       No          Yes  No       No        No
quote:approve    Own      No          No   No       No        No
claim:submit     No       No          No   Yes      No        No
claim:read       No       No          Yes  All      No        All
device:read      Own      No          All  No       Assigned  All
ticket:create    Own      No          Yes  No       Yes       No
ticket:assign    No       No          Yes  No       No        No
audit:read       No       No          No   No       No        All
"""

SPECIFIED: dict[str, dict[Role, str]] = {
    permission: dict(zip(ROLES, cells, strict=True))
    for permission, *cells in (line.split() for line in _TABLE.strip().splitlines())
}
"""The words of each cell, by permission and role."""
