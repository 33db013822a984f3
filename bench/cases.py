"""Cases: lists and searches as the cases grow many, claims of approved quotes, the import of the LPP."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from cases.lppr_import import repository, service
from cases.lppr_import.models import LpprImport
from cases.testing import LppFiles
from common.contracts.enums import CaseStatus, Role
from common.db.engine import Database
from common.ids import new_id
from common.servers import free_port
from common.testing.keys import actor

from bench.report import Figure, percentile
from bench.stage import place, stage

_SIZES = (10_000, 100_000, 1_000_000)
_TIMES = 100
"""How often each kind of question is asked in a round; each time for somebody or something else."""
_ROUNDS = 6
_PAGE = 20
"""So short that 10^4 cases fill it as well, whatever is asked: pages equally long are compared."""
_NAMESAKES = 50
_LPP_CODES = 5_000

_FILL = """
INSERT INTO cases
    (id, case_number, patient_id, prescription_id, prescriber_id, status, status_since, priority, assigned_to,
     checklist_state, sla_deadline, claim_due, created_at, updated_at, version)
SELECT uuidv7(make_interval(mins => n - $1)), 'AX-2026-' || lpad(n::text, greatest(6, length(n::text)), '0'),
       md5('patient' || n % ($1 * 2 / 3))::uuid, md5('prescription' || n)::uuid,
       md5('prescriber' || n % ($1 / 50))::uuid, state, at,
       CASE WHEN other % 10 = 0 THEN 'URGENT' ELSE 'NORMAL' END,
       CASE WHEN other % 50 > 0 THEN md5('officer' || other % 50)::uuid END,
       jsonb_build_object('idVerified', over OR other % 2 = 0, 'carteVitaleVerified', over OR other % 3 = 0,
                          'prescriptionVerified', true, 'addressVerified', over OR other % 5 = 0,
                          'productSelected', over, 'quoteGenerated', over, 'patientApproved', over),
       CASE WHEN NOT over THEN at + make_interval(hours => 240) END,
       CASE WHEN state = 'READY_TO_SUBMIT' AND share % 3 = 0 THEN at END, at, at, 1
FROM generate_series(1, $1) AS n,
     LATERAL (SELECT (hashint8(n) & 2147483647) % 1000 AS share, (hashint8(-n) & 2147483647) % 1000 AS other) AS random,
     LATERAL (SELECT share < 880 AS over, now() - make_interval(hours => other % 250) AS at,
                     CASE WHEN share < 450 THEN 'MAINTENANCE_ACTIVE' WHEN share < 800 THEN 'CLOSED'
                          WHEN share < 880 THEN 'CANCELLED' ELSE ($2::text[])[1 + other % cardinality($2::text[])]
                     END AS state) AS life
"""
"""That many cases: 12 of 100 under way, of these 4 % past their deadline and 24 % at risk; 50 officers."""

_UNDER_WAY = [
    state
    for state in CaseStatus
    if state not in {CaseStatus.MAINTENANCE_ACTIVE, CaseStatus.CLOSED, CaseStatus.CANCELLED}
]

Question = tuple[str, dict[str, Any] | None]
"""A path, and a body where it is posted."""


def _list(filters: str = "") -> Question:
    return f"/cases?{filters}&limit={_PAGE}", None


def _search(q: str) -> Question:
    return f"/cases/search?limit={_PAGE}", {"q": q}


def _one_of(turn: int, many: int) -> int:
    """Another one in each turn, from all over."""
    return turn * 7919 % many


def _key(text: str) -> UUID:
    """As PostgreSQL's `md5(text)::uuid`."""
    return UUID(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest())


_QUESTIONS: dict[str, Callable[[int, int], Question]] = {
    # of the turn, and of how many cases there are
    "list: newest": lambda _, __: _list(),
    "list: in a state": lambda turn, _: _list(f"status={_UNDER_WAY[turn % len(_UNDER_WAY)]}"),
    "list: an officer's open ones": lambda turn, _: _list(f"open=true&assignedTo={_key(f'officer{1 + turn % 49}')}"),
    "list: urgent and open": lambda _, __: _list("priority=URGENT&open=true"),
    "list: overdue": lambda _, __: _list("overdue=true"),
    "list: at risk": lambda _, __: _list("atRisk=true"),
    "list: claim missing": lambda _, __: _list("claimMissing=true"),
    "list: address not verified": lambda _, __: _list("unchecked=addressVerified&open=true"),
    "search: whole number": lambda turn, many: _search(f"AX-2026-{1 + _one_of(turn, many):06}"),
    "search: end of a number": lambda turn, many: _search(f"{1 + _one_of(turn, many):06}"),
    "search: three digits": lambda turn, _: _search(f"{100 + turn * 17 % 900}"),
    "search: a name": lambda turn, _: _search(f"Martin {'abcdefghij'[turn % 10]}"),
}


async def worklists() -> list[Figure]:
    """The 99th percentile of each list and search over HTTP among 10^5 and 10^6 cases, beside that among 10^4.

    The services, each with a database of one size, are asked in turns, so that what else the machine does falls on all.
    """
    async with AsyncExitStack() as stack:
        askers = {many: await stack.enter_async_context(_office(many)) for many in _SIZES}
        seen = await _asked(askers)
    few = seen[_SIZES[0]]
    return [
        Figure(
            f"{kind}, p99 of {many:,} cases",
            p99,
            "ms",
            few[kind],
            f"of {_SIZES[0]:,}",
            "< 1.5 times" if many == _SIZES[-1] else "–",
            met=many < _SIZES[-1] or p99 < 1.5 * few[kind],
        )
        for many in _SIZES[1:]
        for kind, p99 in seen[many].items()
    ]


@asynccontextmanager
async def _office(many: int) -> AsyncIterator["Asker"]:
    """A service with that many cases, and a connection of OPS to it."""
    async with place("cases") as at, _namesakes(many * 2 // 3) as identity_url:
        await _fill(at.where.admin_url, many)
        token = at.keys.token(actor(Role.OPS))
        async with (
            at.running("api", IDENTITY_URL=identity_url) as process,
            Asker.of(process.server.url, token) as asker,
        ):
            yield asker


async def _fill(admin_url: str, many: int) -> None:
    """Exactly that many cases, without prescriptions, which neither list nor search looks at."""
    connection = await asyncpg.connect(admin_url)
    indexes = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index "
        "WHERE indrelid = 'cases'::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
    )
    async with connection.transaction():
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        await connection.execute(
            "SET LOCAL session_replication_role = replica; SET LOCAL maintenance_work_mem = '256MB'"
        )
        await connection.execute(_FILL, many, _UNDER_WAY)
        for index in indexes:
            await connection.execute(index["definition"])
    await connection.execute("VACUUM ANALYZE cases")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def _asked(askers: Mapping[int, "Asker"]) -> dict[int, dict[str, float]]:
    """The 99th percentile in ms of each kind of question, by how many cases there are: the best of a few rounds.

    What else the machine does in one of them falls on a few of the answers, and those few are what is looked at here.
    """
    best = {many: dict.fromkeys(_QUESTIONS, float("inf")) for many in askers}
    for round_ in range(_ROUNDS + 1):
        turns = range(round_ * _TIMES, (round_ + 1) * _TIMES)
        for kind, question in _QUESTIONS.items():
            for many, asker in askers.items():
                took = percentile([await asker.ask(*question(turn, many)) for turn in turns], 0.99)
                if round_ > 0:  # the first fills the caches
                    best[many][kind] = min(best[many][kind], took)
    return best


class Asker:
    """One keep-alive connection, on which the next request goes out when the last is answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader, self._writer, self._token = reader, writer, token

    @classmethod
    @asynccontextmanager
    async def of(cls, url: str, token: str) -> AsyncIterator[Self]:
        """A connection to a service."""
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        yield cls(reader, writer, token)
        writer.close()

    async def ask(self, path: str, body: dict[str, Any] | None) -> float:
        """How long the answer takes, in ms. RuntimeError where it is an error."""
        content = b"" if body is None else orjson.dumps(body)
        head = (
            f"{'GET' if body is None else 'POST'} /api/v1{path} HTTP/1.1\r\nHost: cases\r\n"
            f"Authorization: Bearer {self._token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        began = time.perf_counter()
        self._writer.write(head.encode() + content)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = answer.split(b"content-length: ", 1)[1].split(b"\r", 1)[0]
        await self._reader.readexactly(int(length))
        took = (time.perf_counter() - began) * 1000
        if not answer.startswith(b"http/1.1 200"):
            raise RuntimeError(f"{path} was answered {answer[9:12].decode()}")
        return took


@asynccontextmanager
async def _namesakes(patients: int) -> AsyncIterator[str]:
    """The URL of an identity that finds as many of that many patients for any name, all with cases filled in."""

    async def answer(_scope: Any, receive: Any, send: Any) -> None:
        start = sum((await receive())["body"]) * 7919
        found = [_key(f"patient{(start + n * 104_729) % patients}") for n in range(_NAMESAKES)]
        body = orjson.dumps({"patientIds": found})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(answer, "127.0.0.1", port, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def lpp_import() -> list[Figure]:
    """Rows of an official export a second, read, checked and taken in, beside a bare COPY of what it makes."""
    content = LppFiles().export(_LPP_CODES)
    async with stage() as where:
        database = Database(lambda: where.database_url)
        await database.open()
        bare = await _copied(where.admin_url, service.read_export(content))
        new, again = await _imported(database, content), await _imported(database, content)
        await database.close()
    return [
        Figure("LPP rows imported", new, "rows/s", bare, "bare COPY of them", "≥ a third", new >= bare / 3),
        Figure("LPP rows that are known already", again, "rows/s", bare, "bare COPY of them", "–", met=True),
    ]


async def _imported(database: Database, content: bytes) -> float:
    """Rows a second of an import."""
    import_id = new_id()
    async with database.transaction() as session:
        session.add(
            LpprImport(id=import_id, sha256_hash="", size_bytes=len(content), content=content, created_by=new_id())
        )
    began = time.perf_counter()
    await service.run(database, import_id)
    took = time.perf_counter() - began
    async with database.transaction() as session:
        done = await repository.job(session, import_id)
    if done is None or done.refused or done.codes_done != _LPP_CODES:
        raise RuntimeError("the import did not take in the whole export")
    return done.rows / took


async def _copied(admin_url: str, export: Any) -> float:
    """Rows of the export a second when what it says is copied into the table, with all its constraints."""
    columns = ["id", "code", "label", "category", "max_price", "valid_from", "valid_until"]
    validities = [validity for found in export.validities.values() for validity in found]
    connection = await asyncpg.connect(admin_url)
    began = time.perf_counter()
    records = [(new_id(), v.code, v.label, v.category, v.max_price, v.valid_from, v.valid_until) for v in validities]
    await connection.copy_records_to_table("lppr_items", records=records, columns=columns)
    took = time.perf_counter() - began
    await connection.execute("TRUNCATE lppr_items CASCADE")
    await connection.close()
    return float(export.rows) / took
