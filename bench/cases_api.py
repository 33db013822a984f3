"""Cases over HTTP, beside plain FastAPI and asyncpg."""

import json
from typing import NamedTuple
from uuid import UUID

from cases.cases.domain import empty_checklist
from cases.cases.models import Case
from cases.prescriptions.models import Prescription
from common.clock import now, today
from common.contracts.enums import ProductCategory, Role
from common.db.engine import Database
from common.ids import new_id
from common.servers import run
from common.testing.keys import actor

from bench.http import rate
from bench.report import Figure
from bench.stage import Stage, place, plain

_ROUNDS = 3


async def cases_api() -> list[Figure]:
    """The service of cases with its shared rate limits, beside the plain endpoints, in turns.

    GET of one case, a page of 50, and POST of a note, which writes it with its audit entry in the outbox.
    """
    async with place("cases") as at:
        patient = new_id()
        case_id = (await cases_of(at.where, patient, 60))[-1]
        token = at.keys.token(actor(Role.PATIENT, patient_id=patient))
        async with run([plain(at.folder, at.keys, at.where.database_url), at.server("api")]) as running:
            urls = {process.server.name: process.server.url for process in running.processes}
            one = await _compared(urls, f"/cases/{case_id}", token)
            page = await _compared(urls, "/cases?limit=50", token)
            note = await _compared(urls, f"/cases/{case_id}/notes", token, {"content": "Bonjour"})
    bar = "plain FastAPI + asyncpg"
    return [
        Figure("GET of a case by its patient", *one, bar, "≥ 2.5 times", met=one.ours >= 2.5 * one.bare),
        Figure("GET of a page of 50 cases", *page, bar, "≥ 1.5 times", met=page.ours >= 1.5 * page.bare),
        Figure("POST of a note, outbox and audit", *note, bar, "≥ 0.6 times", met=note.ours >= 0.6 * note.bare),
    ]


class _Rates(NamedTuple):
    """Requests a second, the unit between as a `Figure` wants it."""

    ours: float
    unit: str
    bare: float


async def _compared(urls: dict[str, str], path: str, token: str, body: dict[str, str] | None = None) -> _Rates:
    rates: dict[str, list[float]] = {"plain": [], "cases": []}
    for _ in range(_ROUNDS):
        for name, measured in rates.items():
            measured.append(await rate(f"{urls[name]}/api/v1{path}", token, json.dumps(body) if body else ""))
    return _Rates(max(rates["cases"]), "requests/s", max(rates["plain"]))


async def cases_of(where: Stage, patient_id: UUID, count: int) -> list[UUID]:
    """That many cases of one patient."""
    database = Database(lambda: where.database_url)
    cases = {new_id(): new_id() for _ in range(count)}
    async with database.transaction() as session:
        session.add_all(
            Prescription(
                id=prescription_id,
                patient_id=patient_id,
                document_id=new_id(),
                prescription_date=today(),
                product_category=ProductCategory.ELECTRIC_WHEELCHAIR,
            )
            for prescription_id in cases.values()
        )
        await session.flush()
        session.add_all(
            Case(
                id=case_id,
                case_number=f"AX-2026-{number:06d}",
                patient_id=patient_id,
                prescription_id=prescription_id,
                checklist_state=empty_checklist(),
                status_since=now(),
            )
            for number, (case_id, prescription_id) in enumerate(cases.items())
        )
    await database.engine.dispose()
    return list(cases)
