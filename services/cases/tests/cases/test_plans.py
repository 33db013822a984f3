"""Which indexes the lists use: each that was made for a query serves it."""

import hashlib
from typing import Any
from uuid import UUID

import asyncpg
import pytest_asyncio
from cases.cases import repository, worklists
from cases.cases.schemas import CaseFilters
from cases.cases.visibility import parameters
from cases.catalogue import repository as catalogue
from cases.prescriptions import repository as prescriptions
from cases.prescriptions.domain import VerificationStatus
from common.clock import now
from common.contracts.enums import CaseStatus, Role
from common.ids import new_id
from common.testing.keys import actor
from sqlalchemy import event

_OFFICER = UUID(hashlib.md5(b"officer1", usedforsecurity=False).hexdigest())
_LISTS: list[tuple[Role, dict[str, Any], set[str]]] = [
    (Role.OPS, {}, {"pk_cases"}),
    (Role.OPS, {"status": [CaseStatus.QUOTE_PENDING]}, {"ix_cases_status"}),
    (Role.OPS, {"not_open": True}, {"ix_cases_status"}),
    (Role.OPS, {"assigned_to": _OFFICER}, {"ix_cases_assigned_to"}),
    (Role.OPS, {"assigned_to": _OFFICER, "status": [CaseStatus.CLOSED]}, {"ix_cases_assigned_to"}),
    (Role.OPS, {"assigned_to": _OFFICER, "overdue": True}, {"ix_cases_assigned_to_deadline"}),
    (Role.OPS, {"overdue": True}, {"ix_cases_sla_deadline"}),
    (Role.OPS, {"claim_missing": True}, {"ix_cases_claim_due"}),
    (Role.OPS, {"priority": "URGENT"}, {"ix_cases_priority"}),
    (Role.OPS, {"priority": "URGENT", "open": True}, {"ix_cases_priority"}),
    (Role.OPS, {"open": True}, {"ix_cases_open"}),
    (Role.OPS, {"case_number": "AX-2026-000001"}, {"uq_cases_case_number"}),
    (Role.OPS, {"unchecked": '{"idVerified": false}'}, {"ix_cases_checklist_state"}),
    (Role.PATIENT, {}, {"ix_cases_patient_id"}),
    (Role.PATIENT, {"status": ["CLOSED"]}, {"ix_cases_patient_id"}),
    (Role.PRESCRIBER, {}, {"ix_cases_prescriber_id"}),
    (Role.TECHNICIAN, {}, {"ix_case_technicians_technician_id", "ix_emergency_accesses_user_id"}),
]
_BY_BITMAP = frozenset({"unchecked", "overdue", "claim_missing"})
"""Filters whose index is not in the order of the list: on so few rows the key's is preferred unless it is refused."""

_AS_IF_LARGE = "SET enable_seqscan = off; SET cpu_tuple_cost = 1; SET cpu_operator_cost = 0.5"
"""Looking at rows that are not wanted costs, as it does where there are many."""

_PRESCRIPTIONS = """
INSERT INTO prescriptions
    (id, patient_id, document_id, prescription_date, product_category, verification_status, version)
SELECT md5('prescription' || n)::uuid, md5('patient' || n % 500)::uuid, md5('document' || n)::uuid, current_date,
       'MANUAL_WHEELCHAIR', 'VERIFIED', 1
FROM generate_series(1, 2000) AS n
"""
_CASES = """
INSERT INTO cases
    (id, case_number, patient_id, prescription_id, prescriber_id, status, status_since, priority, assigned_to,
     checklist_state, sla_deadline, claim_due, version)
SELECT uuidv7(), 'AX-2026-' || lpad(n::text, 6, '0'), md5('patient' || n % 500)::uuid, md5('prescription' || n)::uuid,
       md5('prescriber' || n % 100)::uuid,
       ($1::text[])[1 + n % cardinality($1::text[])], now(),
       CASE WHEN n % 7 = 0 THEN 'URGENT' ELSE 'NORMAL' END, md5('officer' || n % 11)::uuid,
       jsonb_build_object('idVerified', n % 13 > 0), now() + make_interval(hours => n - 100),
       CASE WHEN n % 50 = 0 THEN now() + make_interval(mins => n - 1000) END, 1
FROM generate_series(1, 2000) AS n
"""


@pytest_asyncio.fixture
async def many(desk: Any) -> Any:
    """The service with so many cases that their indexes are worth it, and the planner knowing of them."""
    [row] = await desk.running.resources.database.reads.fetch("SELECT current_database() AS name")
    admin = await asyncpg.connect(desk.running.admin_url, database=row["name"])
    await admin.execute(_PRESCRIPTIONS)
    await admin.execute(_CASES, list(CaseStatus))
    await admin.execute("VACUUM ANALYZE prescriptions, cases")
    await admin.close()
    return desk


async def test_the_lists_use_the_indexes_made_for_them(many: Any) -> None:
    database = many.running.resources.database
    connection = await database.connect()
    await connection.execute(_AS_IF_LARGE)
    for role, filters, indexes in _LISTS:
        reader, given = actor(role), dict(filters)
        if worklists.goes_by_state(role, filters):
            given["status"] = worklists.states(filters.get("status"), is_open=_open(filters))
        query = worklists.statement(role, bool(reader.patients), frozenset(given))
        values = query._arguments({**given, "now": now(), "limit": 51, **parameters(reader)})
        if _BY_BITMAP & filters.keys():
            await connection.execute("SET enable_indexscan = off")
        plan = await connection.fetch(f"EXPLAIN {query.sql}", *values)
        await connection.execute("SET enable_indexscan = on")
        text = "\n".join(row[0] for row in plan)
        assert all(index in text for index in indexes), (role, filters, text)
        assert "Seq Scan" not in text, (role, filters, text)
    await connection.close()


def _open(filters: dict[str, Any]) -> bool | None:
    return True if "open" in filters else False if "not_open" in filters else None


async def test_partial_and_trigram_indexes_serve_their_queries(many: Any) -> None:
    database = many.running.resources.database
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        seen.append((statement, given))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    officer = many.officer
    async with database.session() as session:
        await repository.matching(session, officer, CaseFilters(), "000123", [new_id()], None, 50)
        await repository.matching(session, officer, CaseFilters(), "AX-2026-0", [], new_id(), 50)
        await repository.matching(session, officer, CaseFilters(), "12", [], None, 50)
        await prescriptions.prescriptions(
            session, officer, None, 50, patient_id=None, verification_status=VerificationStatus.PENDING
        )
        await catalogue.products(session, None, 50, family_id=None, is_active=True)
        await repository.newly_overdue(session, now(), 50)
        await repository.newly_without_claim(session, now(), 50)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    expected = [
        {"ix_cases_running_number_trigrams", "ix_cases_patient_id"},
        {"uq_cases_case_number", "pk_cases"},
        {"Scan Backward using uq_cases_case_number"},
        {"ix_prescriptions_to_verify"},
        {"ix_products_active"},
        {"ix_cases_sla_unreported"},
        {"ix_cases_claim_due"},
    ]
    connection = await database.connect()
    await connection.execute(_AS_IF_LARGE)
    for (statement, given), indexes in zip(seen, expected, strict=True):
        plan = await connection.fetch(f"EXPLAIN {statement}", *given)
        text = "\n".join(row[0] for row in plan)
        assert all(index in text for index in indexes), text
    await connection.close()
