"""The hot reads of documents: `GET /documents/{id}` and `GET /documents`, by statements prepared once."""

from functools import cache
from typing import Any
from uuid import UUID

from common import audit
from common.auth import Actor, Permission, require
from common.contracts.enums import Role
from common.db.engine import Database
from common.errors import NotFound
from common.http.hot import PreparedQuery, json_answer, json_statement, page_answer, path_uuid
from common.http.pages import decode_cursor, encode_cursor
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy import Integer, String, Uuid, bindparam, cast
from starlette.requests import Request
from starlette.responses import Response

from documents.documents.models import Document
from documents.documents.schemas import DocumentBody, DocumentQuery
from documents.documents.visibility import parameters, visible

_COLUMNS = {
    name: Document.extracted if name == "metadata" else getattr(Document, name) for name in DocumentBody.model_fields
}
_FILTERS = {
    "case_id": Document.case_id == bindparam("case_id", type_=Uuid()),
    "patient_id": Document.patient_id == bindparam("patient_id", type_=Uuid()),
    "document_type": Document.document_type == cast(bindparam("document_type", type_=String), String),
    "cursor": Document.id < bindparam("cursor", type_=Uuid()),
}


@cache
def _one(role: Role, has_patients: bool) -> PreparedQuery:
    wanted = Document.id == bindparam("document_id", type_=Uuid())
    statement = json_statement(DocumentBody, _COLUMNS, version=Document.version)
    return PreparedQuery(statement.where(wanted, visible(role, has_patients=has_patients)))


@cache
def _many(role: Role, has_patients: bool, filters: frozenset[str]) -> PreparedQuery:
    """One statement for each combination of filters in use: a plan made for all of them would use no index."""
    statement = json_statement(DocumentBody, _COLUMNS).add_columns(Document.id)
    statement = statement.where(visible(role, has_patients=has_patients), *(_FILTERS[name] for name in sorted(filters)))
    return PreparedQuery(statement.order_by(Document.id.desc()).limit(bindparam("limit", type_=Integer)))


async def read_document(request: Request, actor: Actor) -> Response:
    """One document; reading by staff is audited."""
    require(actor, Permission.DOCUMENT_READ)
    document_id = path_uuid(request, "document_id")
    database = request.app.state.resources.database
    query = _one(actor.role, bool(actor.patients))
    row = await query.row(database, document_id=document_id, **parameters(actor))
    if row is None:
        raise NotFound("Document", code="DOC_NOT_FOUND")
    await _note_read(database, actor, "document.read", "Document", document_id)
    return json_answer(row["body"], row["version"])


async def list_documents(request: Request, actor: Actor) -> Response:
    """A page of the documents the actor may know of, newest first; a list read by staff is audited."""
    require(actor, Permission.DOCUMENT_READ)
    query = _query(request)
    filters: dict[str, Any] = query.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    if query.cursor is not None:
        filters["cursor"] = decode_cursor(query.cursor)
    database = request.app.state.resources.database
    statement = _many(actor.role, bool(actor.patients), frozenset(filters))
    rows = await statement.rows(database, **filters, limit=query.limit + 1, **parameters(actor))
    if query.patient_id is not None:
        await _note_read(database, actor, "document.list", "Patient", query.patient_id)
    elif query.case_id is not None:
        await _note_read(database, actor, "document.list", "Case", query.case_id)
    else:
        await _note_read(database, actor, "document.list", "User", actor.user_id)
    return page_answer(rows, query.limit, encode_cursor)


def _query(request: Request) -> DocumentQuery:
    """The query string, refused as an ordinary route refuses it; what is not of this list is ignored."""
    names = [field.alias or name for name, field in DocumentQuery.model_fields.items()]
    try:
        return DocumentQuery.model_validate(
            {name: request.query_params[name] for name in names if name in request.query_params}
        )
    except ValidationError as error:
        problems = [{**problem, "loc": ("query", *problem["loc"])} for problem in error.errors()]
        raise RequestValidationError(problems) from error


async def _note_read(database: Database, actor: Actor, action: str, object_type: str, object_id: UUID) -> None:
    """Keep, before the answer goes out, that a member of staff read something."""
    if actor.is_staff:
        async with database.transaction() as session:
            audit.record(session, "documents", action, object_type, object_id)
