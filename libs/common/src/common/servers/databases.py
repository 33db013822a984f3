"""A service's database and its two roles."""

import asyncpg

EXTENSIONS = ("pg_trgm", "pgcrypto", "uuid-ossp", "btree_gist", "unaccent")


async def create_database(
    admin_url: str, name: str, *, owner_password: str, runtime_password: str, database: str | None = None
) -> None:
    """Make roles `<name>_owner`, `<name>_runtime` and the database (called `name` unless told otherwise).

    The owner owns the database and its schema public; the runtime role reads and writes what the owner creates and
    changes no structure. Extensions are those of EXTENSIONS that the server offers. Safe to repeat: passwords are set
    anew, data is kept.
    """
    database = database or name
    admin = await asyncpg.connect(admin_url)
    try:
        for role, password in ((f"{name}_owner", owner_password), (f"{name}_runtime", runtime_password)):
            await _ensure_role(admin, role, password)
        if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", database):
            await admin.execute(f"CREATE DATABASE {_quoted(database)} OWNER {_quoted(f'{name}_owner')}")
        await _grant_connect(admin, database, name)
    finally:
        await admin.close()
    inside = await asyncpg.connect(admin_url, database=database)
    try:
        await _prepare_schema(inside, name)
    finally:
        await inside.close()


async def clone_database(admin_url: str, template: str, database: str, *, name: str) -> None:
    """Copy a database nobody is connected to, for service `name`; its contents and rights come along."""
    admin = await asyncpg.connect(admin_url)
    try:
        owner = _quoted(f"{name}_owner")
        await admin.execute(f"CREATE DATABASE {_quoted(database)} TEMPLATE {_quoted(template)} OWNER {owner}")
        await _grant_connect(admin, database, name)
    finally:
        await admin.close()


async def drop_database(admin_url: str, database: str) -> None:
    """Remove a database, ending its sessions; no error when it is not there."""
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {_quoted(database)} WITH (FORCE)")
    finally:
        await admin.close()


async def _ensure_role(admin: asyncpg.Connection, role: str, password: str) -> None:
    exists = await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role)
    secret = await admin.fetchval("SELECT quote_literal($1)", password)
    verb = "ALTER" if exists else "CREATE"
    await admin.execute(f"{verb} ROLE {_quoted(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {secret}")


async def _grant_connect(admin: asyncpg.Connection, database: str, name: str) -> None:
    # Rights on the database itself do not come with a template.
    await admin.execute(f"REVOKE ALL ON DATABASE {_quoted(database)} FROM PUBLIC")
    await admin.execute(f"GRANT CONNECT ON DATABASE {_quoted(database)} TO {_quoted(f'{name}_runtime')}")


async def _prepare_schema(inside: asyncpg.Connection, name: str) -> None:
    owner, runtime = _quoted(f"{name}_owner"), _quoted(f"{name}_runtime")
    offered = await inside.fetch(
        "SELECT name FROM pg_available_extensions WHERE name = ANY($1) AND installed_version IS NULL", EXTENSIONS
    )
    for row in offered:
        await inside.execute(f"CREATE EXTENSION IF NOT EXISTS {_quoted(row['name'])}")
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
    await inside.execute(
        f"""
        ALTER SCHEMA public OWNER TO {owner};
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT USAGE ON SCHEMA public TO {runtime};
        {defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {runtime};
        {defaults} GRANT USAGE ON SEQUENCES TO {runtime};
        """
    )


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'
