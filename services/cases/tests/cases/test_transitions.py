"""Every move of the table by hand: made where it may be, refused with the right words where not."""

import json
from typing import Any
from uuid import UUID

from cases.cases.domain import CHECKLIST, MOVES, Move, Party, move
from common.contracts.enums import CaseStatus, Role

_QUOTE_FOR = {"quote_is_drafted": "DRAFT", "quote_is_sent": "PENDING_APPROVAL", "ready_to_submit": "APPROVED"}


class Stage:
    """One case, put into any state directly, as a chain of events would have left it."""

    def __init__(self, desk: Any, case_id: str, connection: Any) -> None:
        self.desk = desk
        self.case_id = case_id
        self.connection = connection

    async def put(self, status: CaseStatus, *, done: bool, check: str = "") -> None:
        await self.connection.execute(
            "UPDATE cases SET status = $2, status_since = now(), checklist_state = $3, delivery_scheduled_at = $4, "
            "delivered_at = $4 WHERE id = $1",
            UUID(self.case_id),
            status.value,
            json.dumps(dict.fromkeys(CHECKLIST, done)),
            await self.connection.fetchval("SELECT now()") if done else None,
        )
        quote = _QUOTE_FOR.get(check, "REJECTED") if done else "REJECTED"
        await self.connection.execute("UPDATE quotes SET status = $1", quote)
        await self.connection.execute("DELETE FROM case_transitions")

    async def ask(self, to: CaseStatus, client: Any = None) -> Any:
        path = f"/cases/{self.case_id}/transitions"
        return await (client or self.desk.ops).post(path, json={"to": to.value, "reason": "essai"})


def check_of(row: Move) -> str:
    return row.check.__name__ if row.check else ""


async def stage(desk: Any) -> Stage:
    case = await desk.in_quote_pending()
    await desk.draft(case["id"])
    return Stage(desk, case["id"], await desk.running.resources.database.connect())


async def test_ops_make_every_move_of_the_table_once_its_check_is_met(desk: Any) -> None:
    on = await stage(desk)
    for row in MOVES:
        if row.check is not None:
            await on.put(row.origin, done=False)
            refused = await on.ask(row.target)
            assert (refused.status_code, refused.json()["error"]["code"]) == (422, "BIZ_CASE_NOT_READY"), row
        await on.put(row.origin, done=True, check=check_of(row))
        moved = await on.ask(row.target)
        assert (moved.status_code, moved.json().get("status")) == (200, row.target), (row, moved.text)
        [kept] = await on.connection.fetch("SELECT * FROM case_transitions")
        assert (kept["from_status"], kept["to_status"], kept["automatic"]) == (row.origin, row.target, False)
        assert (kept["actor_id"], kept["reason"]) == (desk.officer.user_id, "essai")
    await on.connection.close()


async def test_no_other_move_is_made_whatever_is_met(desk: Any) -> None:
    on = await stage(desk)
    for origin in CaseStatus:
        await on.put(origin, done=True)
        for target in CaseStatus:
            if move(origin, target) is None:
                refused = await on.ask(target)
                error = refused.json()["error"]
                assert (refused.status_code, error["code"]) == (409, "BIZ_INVALID_TRANSITION"), (origin, target)
                assert error["details"][0]["allowed"] == [row.target for row in MOVES if row.origin is origin]
    await on.connection.close()


async def test_billing_and_the_patient_make_their_own_moves_only(desk: Any) -> None:
    on = await stage(desk)
    async with desk.client(Role.BILLING) as biller:
        for party, client in ((Party.BILLING, biller), (Party.PATIENT, desk.mine)):
            for row in MOVES:
                await on.put(row.origin, done=True, check=check_of(row))
                status = (await on.ask(row.target, client)).status_code
                assert status == (200 if party in row.by else 403), (party, row)
    await on.connection.close()
