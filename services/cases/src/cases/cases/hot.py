"""The hot reads of cases: `GET /cases/{id}` and `GET /cases`, by statements prepared once.

PostgreSQL writes the case; what depends on who asks, and when, is added by the rules that the rest goes by too.
"""

from functools import cache
from typing import Any

import orjson
from common.auth import Actor, Permission, require
from common.clock import now
from common.contracts.enums import Role
from common.errors import NotFound
from common.http.hot import PreparedQuery, json_answer, json_statement, page_answer, path_uuid
from common.http.pages import decode_cursor, encode_cursor
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy import Uuid, bindparam
from starlette.requests import Request
from starlette.responses import Response

from cases.cases import domain, facts, policies
from cases.cases.models import Case
from cases.cases.schemas import CaseItem, CaseQuery, view
from cases.cases.visibility import parameters, visible
from cases.cases.worklists import COLUMNS, goes_by_state, statement, states
from cases.prescriptions.models import Prescription
from cases.reading import note_hot_read

_LISTS = frozenset({"status", "unchecked"})
_YES_OR_NO = ("open", "overdue", "at_risk", "claim_missing")
_SAID_OTHERWISE = frozenset({*_YES_OR_NO, "unchecked"})
"""Filters whose value is not simply compared with a column."""


@cache
def _one(role: Role, has_patients: bool) -> PreparedQuery:
    return PreparedQuery(
        json_statement(CaseItem, COLUMNS, version=Case.version)
        .add_columns(Case.patient_id, *facts.COLUMNS)
        .join(Prescription, Prescription.id == Case.prescription_id)
        .where(Case.id == bindparam("case_id", type_=Uuid()), visible(role, has_patients=has_patients))
    )


async def read_case(request: Request, actor: Actor) -> Response:
    """One case; reading by staff is audited."""
    require(actor, Permission.CASE_READ)
    case_id = path_uuid(request, "case_id")
    database = request.app.state.resources.database
    row = await _one(actor.role, bool(actor.patients)).row(database, case_id=case_id, **parameters(actor))
    if row is None:
        raise NotFound("Case")
    await note_hot_read(database, actor, "case.read", "Case", case_id)
    seen = facts.observed(row)
    allowed = domain.allowed(seen.status, policies.parties_of(actor, row["patient_id"]))
    shown = view(allowed, seen, now()).model_dump_json(by_alias=True)
    return json_answer(f"{row['body'][:-1]},{shown[1:]}", row["version"])


async def list_cases(request: Request, actor: Actor) -> Response:
    """A page of the cases the actor may know of, newest first; a list read by staff is audited."""
    require(actor, Permission.CASE_READ)
    query = _query(request)
    wanted = _parameters(query)
    if goes_by_state(actor.role, wanted):
        wanted["status"] = states(query.status, is_open=query.open)
    database = request.app.state.resources.database
    prepared = statement(actor.role, bool(actor.patients), frozenset(wanted))
    rows = await prepared.rows(database, **wanted, now=now(), limit=query.limit + 1, **parameters(actor))
    await note_hot_read(database, actor, "case.list", "User", actor.user_id)
    return page_answer(rows, query.limit, encode_cursor)


def _query(request: Request) -> CaseQuery:
    """The query string, refused as an ordinary route refuses it; what is not of this list is ignored."""
    given = {}
    for name, field in CaseQuery.model_fields.items():
        alias = field.alias or name
        if values := request.query_params.getlist(alias):
            given[alias] = values if name in _LISTS else values[-1]
    try:
        return CaseQuery.model_validate(given)
    except ValidationError as error:
        problems = [{**problem, "loc": ("query", *problem["loc"])} for problem in error.errors()]
        raise RequestValidationError(problems) from error


def _parameters(query: CaseQuery) -> dict[str, Any]:
    """The filters in use, by the names the statements know them by, with their values."""
    given = query.model_dump(exclude={"limit", "cursor", *_SAID_OTHERWISE}, exclude_none=True)
    if query.case_number is not None:
        given["case_number"] = query.case_number.upper()
    if (points := query.unchecked_points()) is not None:
        given["unchecked"] = orjson.dumps(points).decode()
    for name in _YES_OR_NO:
        if (wanted := getattr(query, name)) is not None:
            given[name if wanted else f"not_{name}"] = True
    if query.cursor is not None:
        given["cursor"] = decode_cursor(query.cursor)
    return given
