"""The statements of `GET /cases`: one for each combination of filters in use, shaped after the index it goes by.

A plan made for all combinations would use no index. Where cases are wanted by what many have in common (a state, a
priority, who works on them), the newest of each state are taken from an index that has them in order, and of these the
newest: however many cases there are, no more than a page of each state is looked at.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from common.auth import Permission
from common.auth.permissions import MATRIX, Scope
from common.contracts.enums import CaseStatus, Role
from common.http.hot import PreparedQuery, json_statement
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    String,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    not_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from cases.cases import facts
from cases.cases.models import IS_OPEN, OVER, Case
from cases.cases.schemas import CaseItem
from cases.cases.visibility import visible

COLUMNS = {name: getattr(Case, name) for name in CaseItem.model_fields}

_NOW = bindparam("now", type_=DateTime(timezone=True))
_LIMIT = bindparam("limit", type_=Integer)
_STATES = bindparam("status", type_=ARRAY(String))
_FILTERS = {
    "status": Case.status == func.any(_STATES),
    "assigned_to": Case.assigned_to == bindparam("assigned_to", type_=Uuid()),
    "priority": Case.priority == cast(bindparam("priority", type_=String), String),
    "patient_id": Case.patient_id == bindparam("patient_id", type_=Uuid()),
    "case_number": Case.case_number == bindparam("case_number", type_=String),
    "open": IS_OPEN,
    "not_open": not_(IS_OPEN),
    "unchecked": Case.checklist_state.op("@>")(cast(bindparam("unchecked", type_=Text), JSONB)),
    "overdue": facts.is_late(_NOW),
    "not_overdue": facts.never(facts.is_late(_NOW)),
    "at_risk": facts.is_at_risk(_NOW),
    "not_at_risk": facts.never(facts.is_at_risk(_NOW)),
    "claim_missing": facts.is_without_claim(_NOW),
    "not_claim_missing": facts.never(facts.is_without_claim(_NOW)),
    "cursor": Case.id < bindparam("cursor", type_=Uuid()),
}
_OF_STATES = frozenset({"status", "open", "not_open"})
"""Filters that are no more than a choice of states."""
_COMMON = frozenset({"status", "not_open", "priority", "assigned_to"})
"""Filters that many cases pass."""
_RARE = frozenset({"patient_id", "case_number", "overdue", "at_risk", "claim_missing"})
"""Filters that few pass, found by indexes of their own."""


def goes_by_state(role: Role, filters: Iterable[str]) -> bool:
    """Whether the statement for these filters takes the newest of each of the states it is given as `status`."""
    names = frozenset(filters)
    sees_all = MATRIX[Permission.CASE_READ][role] is Scope.ALL
    return sees_all and bool(names & _COMMON) and not names & _RARE


def states(wanted: Iterable[CaseStatus] | None, *, is_open: bool | None) -> list[str]:
    """The states among `wanted` (all, where nothing is said) of cases that are open, or are not; each once."""
    chosen = CaseStatus if wanted is None else frozenset(wanted)
    return [state.value for state in chosen if is_open is None or is_open is (state not in OVER)]


@lru_cache(maxsize=512)
def statement(role: Role, has_patients: bool, filters: frozenset[str]) -> PreparedQuery:
    """A page of cases as JSON, newest first; `filters` are names of `_FILTERS`, their values are parameters."""
    by_state = goes_by_state(role, filters)
    chosen = filters - _OF_STATES if by_state else filters
    conditions = [visible(role, has_patients=has_patients), *(_FILTERS[name] for name in sorted(chosen))]
    page = json_statement(CaseItem, COLUMNS).add_columns(Case.id)
    wanted = page.where(_newest_of_each_state(conditions)) if by_state else page.where(*conditions)
    return PreparedQuery(wanted.order_by(Case.id.desc()).limit(_LIMIT))


def _newest_of_each_state(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    given: Any = func.unnest(_STATES).table_valued(column("state", String)).render_derived(name="given")
    newest = (
        select(Case.id)
        .where(Case.status == given.c.state, *conditions)
        .order_by(Case.id.desc())
        .limit(_LIMIT)
        .lateral("newest")
    )
    found = select(newest.c.id).select_from(given.join(newest, true()))
    return Case.id.in_(found.order_by(newest.c.id.desc()).limit(_LIMIT))
