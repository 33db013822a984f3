"""The permission matrix of the specification's section 2.3, cell by cell."""

import pytest
from common.auth import MATRIX, Permission, Scope, granted, require
from common.contracts.enums import Role
from common.errors import Forbidden
from common.ids import new_id
from common.testing.keys import actor
from common.testing.matrix import ROLES, SPECIFIED

CELLS = [
    (Permission(permission), role, Scope("all" if cell == "Yes" else cell.lower().replace("_", "-")))
    for permission, cells in SPECIFIED.items()
    for role, cell in cells.items()
]


@pytest.mark.parametrize(("permission", "role", "scope"), CELLS, ids=str)
def test_each_cell_is_as_the_specification_has_it(permission: Permission, role: Role, scope: Scope) -> None:
    assert MATRIX[permission][role] is scope
    if scope is Scope.NO:
        with pytest.raises(Forbidden):
            require(actor(role), permission)
    else:
        assert require(actor(role), permission) is scope


def test_the_table_has_no_row_or_column_beyond_the_specification() -> None:
    assert {(permission, role) for permission, row in MATRIX.items() for role in row} == {
        (permission, role) for permission, role, _ in CELLS
    }


@pytest.mark.parametrize("role", ROLES)
def test_a_token_lists_what_the_role_may_and_nothing_it_may_not(role: Role) -> None:
    expected = {f"{permission}:{scope}" for permission, of, scope in CELLS if of is role and scope is not Scope.NO}
    assert set(granted(role)) == expected


def test_a_proxy_has_the_patients_permissions_where_their_own_role_has_none() -> None:
    proxy = actor(Role.PRESCRIBER, proxy_for=frozenset({new_id()}))
    assert require(proxy, Permission.QUOTE_APPROVE) is Scope.OWN
    assert require(proxy, Permission.CASE_READ) is Scope.RELATED
    with pytest.raises(Forbidden):
        require(actor(Role.PRESCRIBER), Permission.QUOTE_APPROVE)
