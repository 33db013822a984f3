"""Alembic for every service: forward only, as the owner role, giving up soon where a lock is not to be had."""

import asyncio
import importlib
import json
import os
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command as alembic
from alembic import context as alembic_context
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from common.db import after_restore
from common.db.engine import asyncpg_url

_LOCK_TIMEOUT = "5s"
_GENERATED = ("outbox_sent_", "audit_events_")


def config(service: str) -> Config:
    """Alembic's configuration of one service: its `migrations` folder."""
    package = importlib.import_module(service)
    source = Path(str(package.__file__)).resolve().parent
    folder = Path(os.environ.get("MIGRATIONS_DIR", source.parents[1] / "migrations"))
    found = Config()
    found.set_main_option("script_location", str(folder).replace("%", "%%"))
    found.set_main_option("path_separator", "os")
    found.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    return found


def command(service: str, metadata: MetaData, name: str, message: str = "") -> int:
    """Run `migrate`, `makemigration`, `check-migrations` or `after-restore`; returns the process's exit code."""
    settings = config(service)
    try:
        if name == "after-restore":
            settings.print_stdout("%s", json.dumps(asyncio.run(after_restore.advance(owner_url(), metadata))))
        elif name == "migrate":
            alembic.upgrade(settings, "head")
        elif name == "makemigration":
            alembic.revision(settings, message, autogenerate=True)
        else:
            alembic.check(settings)
    except CommandError as error:
        settings.print_stdout("%s", error)
        return 1
    return 0


def run(metadata: MetaData) -> None:
    """The whole of a service's `migrations/env.py`."""
    asyncio.run(_run(owner_url(), metadata))


def owner_url() -> str:
    """Of the database, as its owner; `CommandError` where the environment does not say it."""
    url = os.environ.get("MIGRATION_DATABASE_URL")
    if url is None and (path := os.environ.get("MIGRATION_DATABASE_URL_FILE")):
        url = Path(path).read_text(encoding="utf-8").strip()
    if url is None:
        raise CommandError("MIGRATION_DATABASE_URL is not set: this is done as the database's owner")
    return asyncpg_url(url)


async def _run(url: str, metadata: MetaData) -> None:
    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(url, server_settings={"lock_timeout": _LOCK_TIMEOUT})

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_migrate, metadata)
    await engine.dispose()


def _migrate(connection: Connection, metadata: MetaData) -> None:
    alembic_context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=_ours,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with alembic_context.begin_transaction():
        alembic_context.run_migrations()


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    return not (kind == "table" and name is not None and name.startswith(_GENERATED))
