"""The encryption key is exchanged while the platform is in use."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from axtech.cli import app
from axtech.demo.cast import Cast
from axtech.demo.story import play
from axtech.stack.secrets import keyring_file
from common.contracts.map import SERVICES
from typer.testing import CliRunner

pytestmark = pytest.mark.usefixtures("breaking")


async def test_everything_encrypted_is_wrapped_anew_and_read_as_before(
    platform: Any, new_cast: Callable[[], Awaitable[Cast]]
) -> None:
    cast = await new_cast()
    await play(cast, until="staff_log_in")
    before = await cast.ops.get(f"/patients/{cast.facts.patient_id}")
    old = json.loads(keyring_file(platform.places.home).read_text())["current"]
    done = await asyncio.to_thread(CliRunner().invoke, app, ["keys", "rotate"])
    assert done.exit_code == 0, done.output
    ring = json.loads(keyring_file(platform.places.home).read_text())
    assert ring["current"] != old
    assert set(ring["keys"]) == {old, ring["current"]}  # what was under way may still be wrapped by the old one
    assert await cast.ops.get(f"/patients/{cast.facts.patient_id}") == before
    assert before["nir"] is not None
    assert [column async for column in _sealed_by(platform, old)] == []
    assert "identity.patient_profiles.nir" in [column async for column in _sealed_by(platform, ring["current"])]
    again = await asyncio.to_thread(CliRunner().invoke, app, ["keys", "rotate"])
    assert again.exit_code == 0, again.output
    assert old not in json.loads(keyring_file(platform.places.home).read_text())["keys"]
    assert await cast.ops.get(f"/patients/{cast.facts.patient_id}") == before


async def _sealed_by(platform: Any, key: str) -> AsyncIterator[str]:
    """Every column of every service that has a value wrapped by `key`."""
    for service in SERVICES:
        connection = await asyncpg.connect(platform.places.database_url(service, "runtime"))
        columns = await connection.fetch(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type IN ('text', 'character varying')"
        )
        for table, column in columns:
            query = f'SELECT EXISTS (SELECT FROM "{table}" WHERE "{column}" LIKE $1)'  # noqa: S608 - from the catalogue
            if await connection.fetchval(query, f"v1.{key}.%"):
                yield f"{service}.{table}.{column}"
        await connection.close()


async def test_the_audit_log_is_found_intact(platform: Any) -> None:
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "axtech", "audit", "verify"), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await done.communicate()
    assert (done.returncode, json.loads(output)["valid"]) == (0, True)
