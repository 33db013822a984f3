"""The hot reads of notifications: `GET /notifications/{id}` and `GET /notifications`, by statements prepared once."""

from functools import cache
from typing import Any
from uuid import UUID

from common import audit
from common.auth import Actor
from common.db.engine import Database
from common.errors import NotFound
from common.http.hot import PreparedQuery, json_answer, json_statement, page_answer, page_parameters, path_uuid
from common.http.pages import encode_cursor
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy import Integer, String, Uuid, bindparam, cast
from starlette.requests import Request
from starlette.responses import Response

from notifications.deliveries.models import Notification
from notifications.deliveries.policies import sees_all
from notifications.deliveries.schemas import NotificationBody, NotificationFilter

_COLUMNS = {name: getattr(Notification, name) for name in NotificationBody.model_fields}
_OWN = Notification.recipient_id == bindparam("reader", type_=Uuid())
_FILTERS = {
    "status": Notification.status == cast(bindparam("status", type_=String), String),
    "channel": Notification.channel == cast(bindparam("channel", type_=String), String),
    "cursor": Notification.id < bindparam("cursor", type_=Uuid()),
}


@cache
def _one(everybodys: bool) -> PreparedQuery:
    statement = json_statement(NotificationBody, _COLUMNS, version=Notification.version).add_columns(
        Notification.recipient_id
    )
    statement = statement.where(Notification.id == bindparam("notification_id", type_=Uuid()))
    return PreparedQuery(statement if everybodys else statement.where(_OWN))


@cache
def _many(everybodys: bool, filters: frozenset[str]) -> PreparedQuery:
    """One statement for each combination of filters in use: a plan made for all of them would use no index."""
    statement = json_statement(NotificationBody, _COLUMNS).add_columns(Notification.id)
    statement = statement.where(*(_FILTERS[name] for name in sorted(filters)))
    statement = statement if everybodys else statement.where(_OWN)
    return PreparedQuery(statement.order_by(Notification.id.desc()).limit(bindparam("limit", type_=Integer)))


async def read_notification(request: Request, actor: Actor) -> Response:
    """One notification; reading somebody else's is audited."""
    notification_id = path_uuid(request, "notification_id")
    database = request.app.state.resources.database
    query = _one(sees_all(actor))
    row = await query.row(database, notification_id=notification_id, reader=actor.user_id)
    if row is None:
        raise NotFound("Notification")
    if row["recipient_id"] != actor.user_id:
        await _audit(database, "notification.read", "Notification", notification_id)
    return json_answer(row["body"], row["version"])


async def list_notifications(request: Request, actor: Actor) -> Response:
    """A page of the caller's notifications, everybody's for OPS and COMPLIANCE_ADMIN, which is audited."""
    limit, cursor = page_parameters(request)
    wanted: dict[str, Any] = _filter(request)
    if cursor is not None:
        wanted["cursor"] = cursor
    database, everybodys = request.app.state.resources.database, sees_all(actor)
    query = _many(everybodys, frozenset(wanted))
    rows = await query.rows(database, **wanted, limit=limit + 1, reader=actor.user_id)
    if everybodys:
        await _audit(database, "notification.list", "User", actor.user_id)
    return page_answer(rows, limit, encode_cursor)


def _filter(request: Request) -> dict[str, Any]:
    """The filters of the query string, refused as an ordinary route refuses them."""
    given = {name: value for name, value in request.query_params.items() if name in NotificationFilter.model_fields}
    try:
        return NotificationFilter.model_validate(given).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        problems = [{**problem, "loc": ("query", *problem["loc"])} for problem in error.errors()]
        raise RequestValidationError(problems) from error


async def _audit(database: Database, action: str, kind: str, object_id: UUID) -> None:
    async with database.transaction() as session:
        audit.record(session, "notifications", action, kind, object_id)
