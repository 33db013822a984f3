"""`python -m identity rotate-keys`: wrap every encrypted value by the keyring's current key.

Safe while the service runs and safe to repeat: a value that changes meanwhile is left alone, being newer. Once it ends
with nothing left, the old key may go from the keyring.
"""

import argparse
import json
import sys
from uuid import UUID

from common.runtime import Command
from sqlalchemy import text

from identity.resources import IdentityResources

ENCRYPTED = (
    ("users", "mfa_secret"),
    ("users", "mfa_pending_secret"),
    ("patient_profiles", "nir"),
    ("patient_profiles", "carte_vitale_number"),
    ("break_glass_grants", "justification"),
)
"""Every column that holds values of `common.crypto`."""
_AT_ONCE = 500


async def rotate(resources: IdentityResources, table: str, column: str) -> int:
    """Wrap a column's values anew, a few hundred in a transaction; gives how many were."""
    read = text(
        f"SELECT id, {column} FROM {table} WHERE id > :after AND {column} IS NOT NULL "  # noqa: S608 - constants
        f"ORDER BY id LIMIT {_AT_ONCE}"
    )
    write = text(f"UPDATE {table} SET {column} = :new WHERE id = :id AND {column} = :old")  # noqa: S608 - constants
    done, after = 0, UUID(int=0)
    while True:
        async with resources.database.transaction() as session:
            rows = (await session.execute(read, {"after": after})).all()
            old = [(row[0], row[1]) for row in rows if not resources.cipher.is_current(row[1])]
            for row_id, value in old:
                await session.execute(write, {"id": row_id, "old": value, "new": resources.cipher.rewrap(value)})
        done += len(old)
        if len(rows) < _AT_ONCE:
            return done
        after = rows[-1][0]


async def run(resources: IdentityResources, _arguments: argparse.Namespace) -> int:
    """Write `{"<table>.<column>": how many were wrapped anew}`."""
    told = {f"{table}.{column}": await rotate(resources, table, column) for table, column in ENCRYPTED}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


COMMAND: Command[IdentityResources] = Command(
    "rotate-keys", "wrap every encrypted value by the keyring's current key", lambda _parser: None, run
)
