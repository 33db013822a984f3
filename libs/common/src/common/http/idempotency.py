"""`Idempotency-Key`: the first successful answer of a POST is kept for a day, in the transaction of its effects.

The key is claimed when the transaction commits, not when it starts: of two calls at once, both run, one commits, the
other finds the key taken, rolls everything back and gives the first one's answer. Nothing is locked meanwhile, and no
crash can leave effects without their answer or an answer without its effects.
"""

import hashlib
from dataclasses import dataclass

import asyncpg
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from common.db.engine import Database
from common.errors import Conflict, InvalidInput

HEADER = "idempotency-key"
_FIND = (
    "SELECT request_hash, status, headers, body FROM idempotency_keys "
    "WHERE owner = $1 AND key = $2 AND created_at > now() - interval '24 hours'"
)
_STORE = text(
    "INSERT INTO idempotency_keys (owner, key, request_hash, status, headers, body) "
    "VALUES (:owner, :key, :request_hash, :status, CAST(:headers AS jsonb), :body) "
    "ON CONFLICT (owner, key) DO UPDATE SET request_hash = excluded.request_hash, status = excluded.status, "
    "headers = excluded.headers, body = excluded.body, created_at = now() "
    "WHERE idempotency_keys.created_at <= now() - interval '24 hours' RETURNING key"
)
_REPLAYED_HEADERS = ("content-type", "location", "etag")


class KeyTaken(Exception):
    """Another call with the same key committed first."""


@dataclass(frozen=True, slots=True)
class IdempotentCall:
    """One use of a key: whose, which, and for what request."""

    owner: str
    key: str
    request_hash: bytes

    @classmethod
    def of(cls, owner: str, key: str, method: str, path: str, body: bytes) -> "IdempotentCall":
        """`InvalidInput` unless the key has 1 to 255 printable ASCII characters."""
        if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
            raise InvalidInput("An Idempotency-Key has 1 to 255 printable ASCII characters", code="VAL_IDEMPOTENCY_KEY")
        return cls(owner, key, hashlib.sha256(f"{method} {path}\n".encode() + body).digest())

    async def earlier_answer(self, database: Database) -> Response | None:
        """The kept answer; `Conflict` when the key was used for another request."""
        row: asyncpg.Record | None = await database.reads.fetchrow(_FIND, self.owner, self.key)
        if row is None:
            return None
        if row["request_hash"] != self.request_hash:
            raise Conflict("This Idempotency-Key was used for another request", code="VAL_IDEMPOTENCY_KEY_REUSED")
        headers = {**orjson.loads(row["headers"]), "Idempotency-Replayed": "true"}
        return Response(row["body"], row["status"], headers)

    async def keep(self, session: AsyncSession, answer: Response) -> None:
        """Store the answer with its effects; `KeyTaken` when another call was first."""
        headers = {name: answer.headers[name] for name in _REPLAYED_HEADERS if name in answer.headers}
        stored = await session.execute(
            _STORE,
            {
                "owner": self.owner,
                "key": self.key,
                "request_hash": self.request_hash,
                "status": answer.status_code,
                "headers": orjson.dumps(headers).decode(),
                "body": bytes(answer.body),
            },
        )
        if stored.first() is None:
            raise KeyTaken
