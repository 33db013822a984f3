"""Reading one case over HTTP, beside plain FastAPI and asyncpg."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from cases.cases.domain import empty_checklist
from cases.cases.models import Case
from cases.prescriptions.models import Prescription
from common.auth.service_tokens import public_jwk
from common.clock import now, today
from common.contracts.enums import ProductCategory, Role
from common.db.engine import Database
from common.ids import new_id
from common.servers import Server, Valkey, free_port, run
from common.testing.keys import KEY_ID, TestKeys, actor

from bench.report import Figure
from bench.stage import Stage, stage

_SECONDS = 6.0
_CONNECTIONS = 32
_ROUNDS = 2


async def hot_read() -> list[Figure]:
    """GET of a case a second: the service with its shared rate limits, beside the plain endpoint, in turns."""
    async with stage() as where:
        case_id, patient = await _one_case(where)
        with tempfile.TemporaryDirectory(prefix="axtech-bench-http-") as folder:
            keys = TestKeys(Path(folder))
            valkey = Valkey(directory=Path(folder) / "valkey", port=free_port())
            token = keys.token(actor(Role.PATIENT, patient_id=patient))
            async with run([valkey.server(), *_servers(where, keys, valkey.url, Path(folder))]) as running:
                urls = {process.server.name: process.server.url for process in running.processes}
                rates: dict[str, list[float]] = {"plain": [], "cases": []}
                for _ in range(_ROUNDS):
                    for name, measured in rates.items():
                        measured.append(await _rate(f"{urls[name]}/api/v1/cases/{case_id}", token))
    bare, ours = max(rates["plain"]), max(rates["cases"])
    return [
        Figure(
            "GET of a case by its patient",
            ours,
            "requests/s",
            bare,
            "plain FastAPI + asyncpg",
            "≥ 1.5 times",
            met=ours >= 1.5 * bare,
        )
    ]


async def _one_case(where: Stage) -> tuple[UUID, UUID]:
    """A case and its patient."""
    database = Database(lambda: where.database_url)
    patient_id, prescription_id, case_id = new_id(), new_id(), new_id()
    async with database.transaction() as session:
        session.add(
            Prescription(
                id=prescription_id,
                patient_id=patient_id,
                document_id=new_id(),
                prescription_date=today(),
                product_category=ProductCategory.ELECTRIC_WHEELCHAIR,
            )
        )
        await session.flush()
        session.add(
            Case(
                id=case_id,
                case_number="AX-2026-000001",
                patient_id=patient_id,
                prescription_id=prescription_id,
                checklist_state=empty_checklist(),
                status_since=now(),
            )
        )
    await database.engine.dispose()
    return case_id, patient_id


def _servers(where: Stage, keys: TestKeys, valkey: str, folder: Path) -> list[Server]:
    environment = {
        "DATABASE_URL": where.database_url,
        "NATS_URL": where.nats_url,
        "REDIS_URL": valkey,
        "JWKS_URL": keys.jwks_url,
        "SERVICE_KEY": keys.services["cases"],
        "SERVICE_JWKS": keys.service_jwks,
        "ENCRYPTION_KEYRING": keys.keyring,
        "BLIND_INDEX_KEY": keys.blind_index_key,
        "RATE_LIMIT_GENERAL": "100000000/minute",
        "LOG_LEVEL": "WARNING",
        "PUBLIC_KEY": json.dumps(public_jwk(keys.identity, KEY_ID)),
    }
    plain, cases = free_port(), free_port()

    def server(name: str, port: int, probe: str, *arguments: str) -> Server:
        return Server(
            name=name,
            argv=(sys.executable, "-m", *arguments, "--port", str(port)),
            log=folder / f"{name}.log",
            ports=(port,),
            probe=f"http://127.0.0.1:{port}{probe}",
            url=f"http://127.0.0.1:{port}",
            env=environment,
        )

    return [
        server("plain", plain, "/openapi.json", "bench.plain"),
        server("cases", cases, "/health/ready", "cases", "--role", "api"),
    ]


async def _rate(url: str, token: str) -> float:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load", url, str(_SECONDS), str(_CONNECTIONS), f"Authorization: Bearer {token}"),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    measured: dict[str, Any] = json.loads(output)
    if measured["errors"]:
        raise RuntimeError(f"{measured['errors']:.0f} calls of {url} failed")
    return float(measured["rate"])
