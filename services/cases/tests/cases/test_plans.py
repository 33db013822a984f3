"""Which indexes the lists use: each that was made for a query serves it."""

from typing import Any

from cases.cases import hot, repository
from cases.cases.schemas import CaseFilters
from cases.cases.visibility import parameters
from cases.catalogue import repository as catalogue
from cases.prescriptions import repository as prescriptions
from cases.prescriptions.domain import VerificationStatus
from common.clock import now
from common.contracts.enums import Role
from common.ids import new_id
from common.testing.keys import actor
from sqlalchemy import event

_LISTS: list[tuple[Role, dict[str, Any], set[str]]] = [
    (Role.OPS, {}, {"pk_cases"}),
    (Role.OPS, {"status": ["QUOTE_PENDING"]}, {"ix_cases_status"}),
    (Role.OPS, {"assigned_to": new_id()}, {"ix_cases_assigned_to"}),
    (Role.OPS, {"priority": "URGENT"}, {"ix_cases_priority"}),
    (Role.OPS, {"open": True}, {"ix_cases_open"}),
    (Role.OPS, {"case_number": "AX-2026-000001"}, {"uq_cases_case_number"}),
    (Role.OPS, {"unchecked": '{"idVerified": false}'}, {"ix_cases_checklist_state"}),
    (Role.PATIENT, {}, {"ix_cases_patient_id"}),
    (Role.PRESCRIBER, {}, {"ix_cases_prescriber_id"}),
    (Role.TECHNICIAN, {}, {"ix_case_technicians_technician_id", "ix_emergency_accesses_user_id"}),
]


async def test_the_lists_use_the_indexes_made_for_them(desk: Any) -> None:
    database = desk.running.resources.database
    connection = await database.connect()
    await connection.execute("SET enable_seqscan = off")
    for role, filters, indexes in _LISTS:
        reader = actor(role)
        query = hot._many(role, bool(reader.patients), frozenset(filters))
        given = query._arguments({**filters, "now": now(), "limit": 51, **parameters(reader)})
        if "unchecked" in filters:  # so few rows are read faster in the order of the key
            await connection.execute("SET enable_indexscan = off")
        plan = await connection.fetch(f"EXPLAIN {query.sql}", *given)
        await connection.execute("SET enable_indexscan = on")
        text = "\n".join(row[0] for row in plan)
        assert all(index in text for index in indexes), (role, filters, text)
        assert "Seq Scan" not in text, (role, filters, text)
    await connection.close()


async def test_partial_and_trigram_indexes_serve_their_queries(desk: Any) -> None:
    database = desk.running.resources.database
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        seen.append((statement, given))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    officer = desk.officer
    async with database.session() as session:
        await repository.matching(session, officer, CaseFilters(), "000123", [new_id()], None, 50)
        await prescriptions.prescriptions(
            session, officer, None, 50, patient_id=None, verification_status=VerificationStatus.PENDING
        )
        await catalogue.products(session, None, 50, family_id=None, is_active=True)
        await repository.newly_overdue(session, now(), 50)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    expected = [
        {"ix_cases_case_number_trigrams", "ix_cases_patient_id"},
        {"ix_prescriptions_to_verify"},
        {"ix_products_active"},
        {"ix_cases_sla_unreported"},
    ]
    connection = await database.connect()
    await connection.execute("SET enable_seqscan = off")
    for (statement, given), indexes in zip(seen, expected, strict=True):
        if len(indexes) > 1:  # an OR of two conditions is a bitmap of both
            await connection.execute("SET enable_indexscan = off")
        plan = await connection.fetch(f"EXPLAIN {statement}", *given)
        await connection.execute("SET enable_indexscan = on")
        text = "\n".join(row[0] for row in plan)
        assert all(index in text for index in indexes), text
    await connection.close()
