"""Keyset pages: newest first by UUIDv7, stable while rows are added."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import Select

from common.errors import Detail, InvalidInput
from common.http.schemas import Schema

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most")]
DEFAULT_LIMIT = 50


class Page(Schema, Generic[T]):
    """One page of a list; `next_cursor` is None on the last."""

    items: list[T]
    next_cursor: str | None


def encode_cursor(last: UUID) -> str:
    """An opaque cursor that goes on after `last`."""
    return base64.urlsafe_b64encode(last.bytes).decode().rstrip("=")


def decode_cursor(text: str) -> UUID:
    """The id a cursor holds; `InvalidInput` when it is not one of ours."""
    try:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as error:
        detail = Detail("cursor", "INVALID_CURSOR", "not a cursor of this list")
        raise InvalidInput("The cursor is not valid", code="VAL_CURSOR", details=[detail]) from error


async def _cursor(cursor: Annotated[str | None, Query(max_length=100)] = None) -> UUID | None:
    return decode_cursor(cursor) if cursor is not None else None


Cursor = Annotated[UUID | None, Depends(_cursor)]


def after(statement: Select[Any], id_column: Any, cursor: UUID | None, limit: int) -> Select[Any]:
    """`statement` cut to the page after `cursor`, with one row more to tell whether another page follows."""
    if cursor is not None:
        statement = statement.where(id_column < cursor)
    return statement.order_by(id_column.desc()).limit(limit + 1)


def page_of(rows: Sequence[Any], limit: int) -> dict[str, Any]:
    """`rows` of `after` as the body of a `Page`; rows have an `id`."""
    items = list(rows[:limit])
    return {"items": items, "next_cursor": encode_cursor(items[-1].id) if len(rows) > limit else None}
