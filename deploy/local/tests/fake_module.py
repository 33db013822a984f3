"""Stands in for `python -m MODULE …`: services are fake, the portal is real.

A migration records whose database it may change; the service `FAKE_BROKEN_MIGRATION` names fails at it.
"""

import asyncio
import os
import runpy
import sys
from pathlib import Path

import asyncpg

module, *arguments = sys.argv[1:]


async def migrate() -> None:
    connection = await asyncpg.connect(os.environ["MIGRATION_DATABASE_URL"])
    await connection.execute("CREATE TABLE IF NOT EXISTS migrated (service text)")
    await connection.execute("INSERT INTO migrated VALUES ($1)", module)
    await connection.close()


if arguments[:1] == ["migrate"]:
    if os.environ.get("FAKE_BROKEN_MIGRATION") == module:
        sys.exit("the migration is broken")
    asyncio.run(migrate())
elif module == "axtech.portal":
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")
else:
    port = arguments[arguments.index("--port") + 1]
    sys.argv = ["fake_service", "--port", port]
    runpy.run_path(str(Path(__file__).with_name("fake_service.py")), run_name="__main__")
