"""Logging in beside bare bcrypt, checking a token beside bare PyJWT, following the audit chain beside a bare SELECT."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import bcrypt
import httpx
import jwt
from common.auth.keys import KeySet
from common.auth.revocations import Revocations
from common.auth.tokens import ALGORITHM, AUDIENCE, ISSUER, TokenVerifier
from common.clock import now
from common.contracts.enums import Role, UserStatus
from common.db.engine import Database
from common.ids import new_id
from common.testing.keys import KEY_ID, TestKeys, actor
from identity.accounts.models import Language, User
from identity.audit_log import service as audit_log
from identity.audit_log.domain import COVERED, START, hash_of
from identity.audit_log.repository import ENTRIES
from identity.patients.models import ContactPreference, PatientProfile
from identity.security.passwords import Passwords

from bench.report import Figure
from bench.stage import Stage, place, stage

_PASSWORD = "un mot de passe assez long"  # noqa: S105 - of accounts of this run only
_BCRYPT_ROUNDS = 12
_CORES = 2
_CLIENTS = 8
_LOGINS = 64
_ROUNDS = 2
_CHECKS = 50_000
_FIRST_CHECKS = 2_000
_ENTRIES = 1_000_000
_FETCHED_AT_ONCE = 500
_MEGABYTE = 1024 * 1024


async def login() -> list[Figure]:
    """Logins a second over HTTP, each of an account of its own, beside bcrypt alone on as many threads, in turns."""
    async with place("identity") as at, at.running("api", **_settings(at.keys)) as identity:
        hashed = await _accounts(at.where)
        rates: dict[str, list[float]] = {"bcrypt": [], "logins": []}
        for _ in range(_ROUNDS):
            rates["bcrypt"].append(await _bare_bcrypt(hashed))
            rates["logins"].append(await _logins(identity.server.url))
    bare, ours = max(rates["bcrypt"]), max(rates["logins"])
    name = f"logins, bcrypt at {_BCRYPT_ROUNDS} rounds"
    return [Figure(name, ours, "logins/s", bare, "bare bcrypt", "≥ 90 %", met=ours >= 0.9 * bare)]


def _settings(keys: TestKeys) -> dict[str, str]:
    return {
        "JWT_SECRET": keys.identity,
        "JWT_REFRESH_SECRET": "r" * 32,
        "BCRYPT_ROUNDS": str(_BCRYPT_ROUNDS),
        "PASSWORD_THREADS": str(_CORES),
        "RATE_LIMIT_AUTH": "100000000/minute",
    }


async def _accounts(where: Stage) -> str:
    """An active patient for each client; their password's hash."""
    passwords = Passwords(rounds=_BCRYPT_ROUNDS, threads=1)
    hashed = await passwords.hash(_PASSWORD)
    passwords.close()
    database = Database(lambda: where.database_url)
    async with database.transaction() as session:
        for number in range(_CLIENTS):
            user = User(
                id=new_id(),
                email=_email(number),
                role=Role.PATIENT,
                status=UserStatus.ACTIVE,
                email_verified=True,
                language=Language.FR,
                password_hash=hashed,
            )
            session.add(user)
            await session.flush()
            session.add(
                PatientProfile(
                    user_id=user.id,
                    first_name="Camille",
                    last_name="Béranger",
                    search_name="camille beranger",
                    date_of_birth=now().date(),
                    contact_preference=ContactPreference.EMAIL,
                )
            )
    await database.engine.dispose()
    return hashed


def _email(number: int) -> str:
    return f"patient-{number}@example.test"


async def _bare_bcrypt(hashed: str) -> float:
    """Comparisons a second of as many threads as hash in the service."""
    password = _PASSWORD.encode()
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(_CORES) as threads:
        begun = time.perf_counter()
        hashing = [loop.run_in_executor(threads, bcrypt.checkpw, password, hashed.encode()) for _ in range(_LOGINS)]
        await asyncio.gather(*hashing)
        return _LOGINS / (time.perf_counter() - begun)


async def _logins(url: str) -> float:
    """Logins a second of clients that each log in again as soon as they are in."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def repeatedly(number: int) -> None:
            for _ in range(_LOGINS // _CLIENTS):
                body = {"email": _email(number), "password": _PASSWORD}
                (await client.post("/api/v1/auth/login", json=body)).raise_for_status()

        begun = time.perf_counter()
        await asyncio.gather(*(repeatedly(number) for number in range(_CLIENTS)))
        return _LOGINS / (time.perf_counter() - begun)


async def token_check() -> list[Figure]:
    """What checking the token of a request costs, known and seen for the first time, beside PyJWT alone."""
    with tempfile.TemporaryDirectory(prefix="axtech-bench-token-") as folder:
        keys = TestKeys(Path(folder))
        headers = [f"Bearer {keys.token(actor(Role.PATIENT))}" for _ in range(_FIRST_CHECKS)]
        verifier = TokenVerifier(KeySet(keys.jwks_url), Revocations())
        await verifier.actor(headers[0])  # the key set is read once
        bare = await _bare_decoding(keys, headers)
        first = await _checking(verifier, headers)
        known = await _checking(verifier, headers * (_CHECKS // _FIRST_CHECKS))
    name = "token seen for the first time"
    return [
        Figure("token of a request, seen before", known, "us", bare, "bare jwt.decode", "< 60 us", met=known < 60),
        Figure(name, first, "us", bare, "bare jwt.decode", "≤ 2 times", met=first <= 2 * bare),
    ]


async def _bare_decoding(keys: TestKeys, headers: list[str]) -> float:
    key = await KeySet(keys.jwks_url).key(KEY_ID)
    assert key is not None  # noqa: S101 - the only one there is
    begun = time.perf_counter()
    for header in headers:
        jwt.decode(header[7:], key, algorithms=[ALGORITHM], issuer=ISSUER, audience=AUDIENCE)
    return (time.perf_counter() - begun) / len(headers) * 1e6


async def _checking(verifier: TokenVerifier, headers: list[str]) -> float:
    begun = time.perf_counter()
    for header in headers:
        await verifier.actor(header)
    return (time.perf_counter() - begun) / len(headers) * 1e6


async def audit_chain() -> list[Figure]:
    """Following a chain of a million entries, beside reading them as they are; and what memory it takes."""
    async with stage("identity") as where:
        sys.stderr.write(f"writing {_ENTRIES:,} entries\n")
        await _write_chain(where.admin_url)
        database = Database(lambda: where.database_url)
        bare = await _bare_reading(where.database_url)
        before, most = _resident(), 0.0

        def progress(done: int, of_all: int) -> None:
            nonlocal most
            most = max(most, _resident())
            if done % (of_all // 10) == 0:
                sys.stderr.write(f"{done:,} of {of_all:,} entries checked\n")

        begun = time.perf_counter()
        found = await audit_log.verify(database, progress)
        ours = _ENTRIES / (time.perf_counter() - begun)
        await database.engine.dispose()
    if not found.valid or found.checked != _ENTRIES:
        raise RuntimeError(f"the chain should hold: {found}")
    grown = most - before
    name = f"audit chain of {_ENTRIES:,} entries followed"
    return [
        Figure(name, ours, "entries/s", bare, "bare streamed SELECT", "≥ 25 %", met=ours >= 0.25 * bare),
        Figure("memory that grew meanwhile", grown, "MB", before, "the process before", "≤ 16 MB", met=grown <= 16),
    ]


async def _write_chain(admin_url: str) -> None:
    """A million entries of three months, chained, as the consumer would have written them one by one."""
    connection = await asyncpg.connect(admin_url)
    columns = [*COVERED, "position", "previous_hash", "hash"]
    last: dict[str, Any] = {}

    def rows() -> Iterator[tuple[Any, ...]]:
        previous = START
        for position in range(1, _ENTRIES + 1):
            entry = _entry(position)
            claimed = hash_of(position, previous, entry)
            stored = {**entry, "changes": '{"status": {"before": "DRAFT", "after": "SENT"}}'}
            yield (*(stored[name] for name in COVERED), position, previous, claimed)
            previous = claimed
            last.update(position=position, hash=claimed, id=entry["id"])

    await connection.copy_records_to_table("audit_events", records=rows(), columns=columns)
    await connection.execute(
        "UPDATE audit_chain SET position = $1, hash = $2, last_id = $3", last["position"], last["hash"], last["id"]
    )
    await connection.execute("VACUUM ANALYZE audit_events")
    await connection.close()


def _entry(position: int) -> dict[str, Any]:
    return {
        "id": UUID(int=position),
        "timestamp": datetime.now(UTC) - timedelta(seconds=5 * (_ENTRIES - position) % 2_000_000),
        "service": "cases",
        "actor_id": UUID(int=position % 997),
        "actor_type": "USER",
        "action": "quote.send",
        "object_type": "Quote",
        "object_id": UUID(int=position % 10_007),
        "changes": {"status": {"before": "DRAFT", "after": "SENT"}},
        "ip_address": "192.0.2.17",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "request_id": f"req_{position:024x}",
    }


async def _bare_reading(url: str) -> float:
    """Entries a second of the same query, streamed the same way, and nothing done with them."""
    connection = await asyncpg.connect(url)
    begun, count = time.perf_counter(), 0
    async with connection.transaction(readonly=True):
        async for _row in connection.cursor(ENTRIES, prefetch=_FETCHED_AT_ONCE):
            count += 1
    await connection.close()
    if count != _ENTRIES:
        raise RuntimeError(f"{count} entries were written")
    return count / (time.perf_counter() - begun)


def _resident() -> float:
    """Megabytes this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / _MEGABYTE
