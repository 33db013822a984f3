"""Telling a database that is away from a handler that failed."""

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError

_AWAY = ("08", "53", "57P")
"""SQLSTATE classes: connection trouble, out of resources, shutting down or starting up."""


def is_database_away(error: BaseException) -> bool:
    """Whether waiting for the database, rather than counting an attempt, is right."""
    if isinstance(error, InterfaceError):
        return True
    if isinstance(error, DBAPIError):
        state = str(getattr(error.orig, "sqlstate", "") or "")
        return error.connection_invalidated or state.startswith(_AWAY)
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(_AWAY)
    return isinstance(error, ConnectionError | asyncpg.InterfaceError | TimeoutError)
