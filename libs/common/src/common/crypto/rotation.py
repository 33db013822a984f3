"""Wrapping every encrypted value by the keyring's current key, so that an older key may go.

Safe while services run and safe to repeat: a value that changes meanwhile is left alone, being newer.
"""

from uuid import UUID

from sqlalchemy import text

from common.crypto.envelope import Cipher
from common.db.engine import Database

_AT_ONCE = 500


async def rotate(database: Database, cipher: Cipher, table: str, column: str) -> int:
    """Wrap a column's values anew, a few hundred in a transaction; gives how many were. Rows have an `id`."""
    read = text(
        f"SELECT id, {column} FROM {table} WHERE id > :after AND {column} IS NOT NULL "  # noqa: S608 - names in code
        f"ORDER BY id LIMIT {_AT_ONCE}"
    )
    write = text(f"UPDATE {table} SET {column} = :new WHERE id = :id AND {column} = :old")  # noqa: S608 - as above
    done, after = 0, UUID(int=0)
    while True:
        async with database.transaction() as session:
            rows = (await session.execute(read, {"after": after})).all()
            old = [(row[0], row[1]) for row in rows if not cipher.is_current(row[1])]
            for row_id, value in old:
                await session.execute(write, {"id": row_id, "old": value, "new": cipher.rewrap(value)})
        done += len(old)
        if len(rows) < _AT_ONCE:
            return done
        after = rows[-1][0]
