"""Hot reads: JSON made by PostgreSQL, from a prebuilt statement, answered ahead of the framework's routing.

The statement is generated from the response schema, so that both always agree; the actor's filter is in its WHERE.
"""

import types
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Select, Text, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import asyncpg as asyncpg_dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from common.auth.actor import Actor
from common.db.engine import Database
from common.errors import Forbidden, Unauthenticated
from common.http import problems
from common.http.denials import note_denial
from common.http.dependencies import identify
from common.http.pages import DEFAULT_LIMIT, decode_cursor

T = TypeVar("T")
_DIALECT = asyncpg_dialect.dialect()  # type: ignore[no-untyped-call]
_UUID: TypeAdapter[UUID] = TypeAdapter(UUID)
_LIMIT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=200)])
_RFC3339 = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


def json_object(schema: type[BaseModel], columns: Mapping[str, Any]) -> ColumnElement[Any]:
    """`json_build_object(…)` with the schema's fields, by alias, in order.

    `columns` gives the expression of each field by its Python name; TypeError when one is missing.
    """
    parts: list[Any] = []
    for name, field in schema.model_fields.items():
        if name not in columns:
            raise TypeError(f"{schema.__name__}.{name} has no column")
        parts += [literal_column(f"'{field.alias or name}'"), _rendered(field.annotation, columns[name])]
    return func.json_build_object(*parts)


def _rendered(annotation: Any, column: Any) -> Any:
    if _within(annotation, Decimal):
        return cast(column, Text)
    if _within(annotation, datetime) or _within(annotation, AwareDatetime):
        return func.to_char(func.timezone("UTC", column), _RFC3339)
    return column


def _within(annotation: Any, kind: Any) -> bool:
    """Whether a field of this annotation holds a `kind`: bare, annotated, or one or the other of a union."""
    if get_origin(annotation) in {Union, types.UnionType}:
        return any(_within(argument, kind) for argument in get_args(annotation))
    return annotation is kind or (hasattr(annotation, "__metadata__") and get_args(annotation)[0] is kind)


class PreparedQuery:
    """A statement compiled once; run with positional parameters by name."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        self.sql = str(compiled)
        self._names: Sequence[str] = compiled.positiontup or []
        self._fixed: Mapping[str, Any] = {name: value for name, value in compiled.params.items() if value is not None}

    async def row(self, database: Database, **parameters: Any) -> Any:
        """The first row, or None."""
        return await database.reads.fetchrow(self.sql, *self._arguments(parameters))

    async def rows(self, database: Database, **parameters: Any) -> list[Any]:
        """All rows."""
        return list(await database.reads.fetch(self.sql, *self._arguments(parameters)))

    async def row_in(self, session: AsyncSession, **parameters: Any) -> Any:
        """The first row, or None, as a transaction sees it."""
        return await session.run_sync(self._row_in, tuple(self._arguments(parameters)))

    def _row_in(self, session: Session, arguments: tuple[Any, ...]) -> Any:
        return session.connection().exec_driver_sql(self.sql, arguments).first()

    def _arguments(self, parameters: Mapping[str, Any]) -> list[Any]:
        return [parameters[name] if name in parameters else self._fixed[name] for name in self._names]


def json_statement(schema: type[BaseModel], columns: Mapping[str, Any], *, version: Any = None) -> Select[Any]:
    """`SELECT json_build_object(…)::text AS body, version AS version`; add FROM and WHERE to it."""
    body = cast(json_object(schema, columns), Text).label("body")
    return select(body, version.label("version")) if version is not None else select(body)


HotEndpoint = Callable[[Request, Actor], Awaitable[Response]]


def json_answer(body: str | bytes, version: int | None = None) -> Response:
    """JSON text as an answer, with its `ETag`."""
    headers = {"ETag": f'"{version}"'} if version is not None else None
    return Response(body, 200, headers, "application/json")


def page_answer(rows: Sequence[Any], limit: int, cursor_of: Callable[[UUID], str]) -> Response:
    """Rows of `(body, id)`, one more than `limit` when another page follows, as the body of a `Page`."""
    shown = rows[:limit]
    cursor = f'"{cursor_of(shown[-1]["id"])}"' if len(rows) > limit else "null"
    return json_answer(f'{{"items":[{",".join(row["body"] for row in shown)}],"nextCursor":{cursor}}}')


def path_uuid(request: Request, name: str) -> UUID:
    """A path parameter, refused as an ordinary route refuses it."""
    return _parsed(_UUID, request.path_params[name], ("path", name))


def page_parameters(request: Request) -> tuple[int, UUID | None]:
    """`limit` and `cursor` of the query, refused as an ordinary route refuses them."""
    cursor = request.query_params.get("cursor")
    limit = _parsed(_LIMIT, request.query_params.get("limit", DEFAULT_LIMIT), ("query", "limit"))
    return limit, None if cursor is None else decode_cursor(cursor)


def _parsed(adapter: TypeAdapter[T], value: Any, location: tuple[str, str]) -> T:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise RequestValidationError([{**problem, "loc": location} for problem in error.errors()]) from error


class HotRoute:
    """One hot read: the caller must be signed in; counted like any other call."""

    def __init__(self, path: str, endpoint: HotEndpoint) -> None:
        self.path = path
        self.pattern, _, _ = compile_path(path)
        self._endpoint = endpoint

    async def answer(self, request: Request) -> Response:
        """The endpoint's answer, or the error's envelope."""
        try:
            return await self._read(request)
        except Exception as error:  # noqa: BLE001 - raised again where it is of no known kind
            return await problems.answer(request, error)

    async def _read(self, request: Request) -> Response:
        actor = await identify(request)
        if actor is None:
            raise Unauthenticated
        await request.app.state.resources.rate_limits.check(request.scope, "general", f"user:{actor.user_id}")
        try:
            return await self._endpoint(request, actor)
        except Forbidden:
            await note_denial(request, actor)
            raise


class HotReads:
    """An ASGI layer that answers the hot reads, ahead of the ordinary routes of the same paths.

    Those document them in OpenAPI, and answer every other method.
    """

    def __init__(self, app: ASGIApp, *, routes: Sequence[HotRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            for route in self._routes:
                if (match := route.pattern.match(scope["path"])) is not None:
                    scope["route"], scope["path_params"] = route, match.groupdict()
                    answer = await route.answer(Request(scope, receive))
                    await answer(scope, receive, send)
                    return
        await self._app(scope, receive, send)
