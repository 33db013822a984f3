"""Which databases are migrated when the stack starts."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from axtech.project import ROOT
from axtech.stack.migrations import is_current, newest
from common.contracts.map import SERVICES
from common.db.migrations import config
from common.testing.plugin import Servers


def written(folder: Path, revision: str, before: str) -> None:
    text = f'"""Words."""\n\nrevision: str = "{revision}"\ndown_revision: str | None = {before}\n'
    (folder / f"{revision}.py").write_text(text)


def test_the_newest_is_what_no_other_follows(tmp_path: Path) -> None:
    written(tmp_path, "aa", "None")
    assert newest(tmp_path) == {"aa"}
    written(tmp_path, "bb", '"aa"')
    written(tmp_path, "cc", '"aa"')
    assert newest(tmp_path) == {"bb", "cc"}
    written(tmp_path, "dd", '("bb", "cc")')
    assert newest(tmp_path) == {"dd"}


@pytest.mark.parametrize("service", SERVICES)
def test_it_is_what_alembic_would_bring_a_database_to(service: str) -> None:
    heads = ScriptDirectory.from_config(config(service)).get_heads()
    assert newest(ROOT / "services" / service / "migrations/versions") == set(heads)


async def test_a_migrated_database_is_current_and_others_are_not(
    new_database: Callable[[str], Awaitable[str]], servers: Servers
) -> None:
    migrated = await new_database("devices")
    assert await is_current("devices", migrated)
    assert not await is_current("cases", migrated)
    assert not await is_current("devices", servers.postgres)
    assert not await is_current("devices", "postgresql://nobody@127.0.0.1:1/nowhere")
