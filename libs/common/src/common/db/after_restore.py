"""What an older database needs when it was put back: all it tells next must be newer than what was told before.

Others know later versions of its rows than it has, and would take what it tells of them for stale; and numbers that it
gave since the backup, its sequences would give again.
"""

import asyncpg
from sqlalchemy import MetaData

VERSIONS = 1_000_000
"""What is added to the version of every aggregate."""
NUMBERS = 10_000
"""How many numbers of every sequence are passed over."""

_SEQUENCES = """
SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i')) ORDER BY 1
"""


async def advance(url: str, metadata: MetaData) -> dict[str, int]:
    """Advance the versions of all aggregates and the sequences of numbers; as the owner, while the service is down.

    Gives how many rows of each table were raised, and what each sequence gave last. To do it again does no harm.
    """
    connection = await asyncpg.connect(url)
    told: dict[str, int] = {}
    try:
        async with connection.transaction():
            for table in metadata.sorted_tables:
                if any(column.info.get("aggregate_version") for column in table.columns):
                    raised = await connection.execute(
                        f"UPDATE {table.name} SET version = version + $1",  # noqa: S608 - a name of the code's
                        VERSIONS,
                    )
                    told[table.name] = int(raised.rsplit(" ", 1)[-1])
            for row in await connection.fetch(_SEQUENCES):
                passed = "SELECT setval($1::text::regclass, nextval($1::text::regclass) + $2)"
                told[row[0]] = await connection.fetchval(passed, row[0], NUMBERS)
    finally:
        await connection.close()
    return told
