"""Whether a database wants migrating: asked without loading what migrates it, which takes seconds for six services."""

import ast
from pathlib import Path

import asyncpg

from axtech.project import ROOT


async def is_current(service: str, url: str) -> bool:
    """Whether the database at `url` has all migrations of `service`; not where it cannot say so."""
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError):  # the migration will tell what is wrong with it
        return False
    try:
        rows = await connection.fetch("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()
    return {row["version_num"] for row in rows} == newest(ROOT / "services" / service / "migrations/versions")


def newest(versions: Path) -> set[str]:
    """The revisions of a folder of migrations that no other follows."""
    revisions: set[str] = set()
    followed: set[object] = set()
    for file in versions.glob("*.py"):
        said = _assigned(file)
        revisions.add(str(said["revision"]))
        before = said["down_revision"]
        followed.update(before if isinstance(before, tuple) else {before})
    return revisions - followed


def _assigned(file: Path) -> dict[str, object]:
    """What a migration's own two names stand for."""
    found: dict[str, object] = {}
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        value = getattr(node, "value", None)
        for target in targets:
            if isinstance(target, ast.Name) and target.id in {"revision", "down_revision"} and value is not None:
                found[target.id] = ast.literal_eval(value)
    return found
