"""A case's whole life through the API: anybody tries anything, in any order; what is refused leaves no trace."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from cases.cases.domain import move
from cases.cases.policies import parties
from cases.quotes.domain import LIVE
from common.clock import now
from common.contracts.enums import CaseStatus, Role
from common.ids import new_id
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

_EXAMPLES, _STEPS = 8, 20
_STRANGERS = (Role.PRESCRIBER, Role.TECHNICIAN)
_ROLES = st.sampled_from([Role.OPS, Role.OPS, Role.OPS, Role.PATIENT, Role.BILLING, Role.COMPLIANCE_ADMIN, *_STRANGERS])
_PRICES = st.decimals("0.01", "631.17", places=2).map(str)
_POINTS = st.sampled_from(["idVerified", "carteVitaleVerified", "addressVerified"])
_REFUSED = {403, 404, 409, 422}


class Life(RuleBasedStateMachine):
    """One case, and what its people were answered. Runs in a thread beside the loop that the service runs in."""

    def __init__(self, desk: Any, loop: asyncio.AbstractEventLoop, product: dict[str, Any]) -> None:
        super().__init__()
        self._desk, self._loop, self._product = desk, loop, product
        self._people = {role: desk.client(role) for role in Role} | {Role.OPS: desk.ops, Role.PATIENT: desk.mine}
        self._case: dict[str, Any] = {}
        self._version = 0
        self._notes = {True: 0, False: 0}
        self._quoted: dict[str, list[dict[str, Any]]] = {}

    def _run(self, call: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(call, self._loop).result(30)

    @initialize(start=st.sampled_from(["case", "in_quote_pending", "approved", "agreed"]))
    def open(self, start: str) -> None:
        if start in {"approved", "agreed"}:
            line = self._desk.line(self._product, "600.10", 1)
            self._case, quote = self._run(getattr(self._desk, start)(line))
            self._quoted[quote["id"]] = [line]
        else:
            self._case = self._run(getattr(self._desk, start)())
        self._case, self._version = self._read()

    def _read(self) -> tuple[dict[str, Any], int]:
        answer = self._run(self._desk.ops.get(f"/cases/{self._case['id']}"))
        return answer.raise_for_status().json(), int(answer.headers["ETag"].strip('"'))

    def _ask(self, role: Role, method: str, path: str, body: Any = None) -> Any:
        """An accepted call's answer; None where it was refused, which then changed nothing."""
        answer = self._run(self._people[role].request(method, path, **({"json": body} if body is not None else {})))
        case, version = self._read()
        assert version >= self._version
        if not answer.is_success:
            assert answer.status_code in _REFUSED, answer.text
            assert (case, version) == (self._case, self._version), "a refused call changed the case"
            return None
        assert version > self._version or case["status"] == self._case["status"], "changed in the same version"
        self._case, self._version = case, version
        return answer.json()

    @property
    def _path(self) -> str:
        return f"/cases/{self._case['id']}"

    @rule(role=_ROLES, wanted=st.sampled_from(CaseStatus))
    def move_anywhere(self, role: Role, wanted: CaseStatus) -> None:
        before = CaseStatus(self._case["status"])
        done = self._ask(role, "POST", f"{self._path}/transitions", {"to": wanted})
        row = move(before, wanted)
        allowed = row is not None and bool(row.by & parties(role, own=role is Role.PATIENT))
        assert not done or allowed, f"{role} moved a case from {before} to {wanted}"

    @rule(role=_ROLES, choice=st.integers(0, 7))
    def move_where_it_is_offered(self, role: Role, choice: int) -> None:
        """Anybody, where OPS may; the case is given up seldom, or no life would be long."""
        offered = [to for to in self._case["allowedTransitions"] if to != "CANCELLED" or choice == 0]
        if offered:
            self._ask(role, "POST", f"{self._path}/transitions", {"to": offered[choice % len(offered)]})

    @rule(role=_ROLES, point=_POINTS, done=st.booleans())
    def check(self, role: Role, point: str, done: bool) -> None:
        changed = self._ask(role, "PATCH", self._path, {"checklistState": {point: done}})
        assert not changed or role is Role.OPS

    @rule(role=_ROLES, prices=st.lists(_PRICES, min_size=1, max_size=3), quantity=st.integers(1, 3), extra=_PRICES)
    def quote(self, role: Role, prices: list[str], quantity: int, extra: str) -> None:
        lines = [self._desk.line(self._product, price, quantity) for price in prices]
        lines.append(self._desk.line(self._product, extra, optional=True))
        made = self._ask(role, "POST", f"{self._path}/quotes", {"lines": lines})
        if made:
            assert role is Role.OPS
            self._quoted[made["id"]] = lines

    @rule(role=_ROLES, verb=st.sampled_from(["send", "approve", "reject"]))
    def handle_the_last_quote(self, role: Role, verb: str) -> None:
        if self._quoted:
            body = {"reason": "trop cher"} if verb == "reject" else None
            done = self._ask(role, "POST", f"/quotes/{list(self._quoted)[-1]}/{verb}", body)
            assert not done or role is (Role.OPS if verb == "send" else Role.PATIENT)

    @rule(role=_ROLES, internal=st.booleans())
    def note(self, role: Role, internal: bool) -> None:
        if self._ask(role, "POST", f"{self._path}/notes", {"content": "Vu", "isInternal": internal}):
            assert role in {Role.OPS, Role.BILLING, Role.PATIENT}
            self._notes[internal] += 1

    @rule(role=_ROLES)
    def schedule(self, role: Role) -> None:
        when = {"scheduledAt": (now() + timedelta(days=2)).isoformat()}
        assert not self._ask(role, "POST", f"{self._path}/delivery/schedule", when) or role is Role.OPS

    @rule(role=_ROLES)
    def deliver(self, role: Role) -> None:
        lines = self._quoted[list(self._quoted)[-1]] if self._quoted else []
        pieces = max(1, sum(line["quantity"] for line in lines))
        body = {
            "items": [{"productId": self._product["id"], "serialNumber": str(new_id())} for _ in range(pieces)],
            "deliveredAt": now().isoformat(),
            "proofDocumentId": self._desk.proof(self._case["id"]),
        }
        assert not self._ask(role, "POST", f"{self._path}/delivery/complete", body) or role is Role.OPS

    @invariant()
    def has_come_only_along_the_table_and_told_every_step(self) -> None:
        query = "SELECT * FROM case_transitions WHERE case_id = $1 ORDER BY id"
        steps = self._run(self._desk.running.resources.database.reads.fetch(query, UUID(self._case["id"])))
        pairs = [(CaseStatus(step["from_status"]), CaseStatus(step["to_status"])) for step in steps]
        ends = [CaseStatus.INTAKE_RECEIVED, *(to for _, to in pairs)]
        assert [origin for origin, _ in pairs] == ends[:-1], "a step of its history is missing"
        assert all(move(*pair) for pair in pairs)
        assert ends[-1] == self._case["status"]
        told = [event.data for event in self._run(self._desk.running.recorded("case.status-changed"))]
        told = [(data["fromStatus"], data["toStatus"]) for data in told if data["caseId"] == self._case["id"]]
        assert told == pairs

    @invariant()
    def adds_up_to_the_cent(self) -> None:
        quotes = self._run(self._desk.ops.get(f"{self._path}/quotes")).json()["items"]
        assert {quote["id"] for quote in quotes} == self._quoted.keys()
        assert sorted(quote["version"] for quote in quotes) == list(range(1, len(quotes) + 1))
        assert sum(quote["status"] in LIVE for quote in quotes) <= 1
        for quote in quotes:
            parts = {
                kind: sum(
                    (Decimal(line["unitPrice"]) * line["quantity"])
                    for line in lines
                    if line.get("optional", False) is kind
                )
                for lines in (self._quoted[quote["id"]],)
                for kind in (False, True)
            }
            told = [Decimal(quote[name]) for name in ("lpprCoverage", "patientRemainder", "totalAmount")]
            assert told == [parts[False], parts[True], parts[False] + parts[True]]

    @invariant()
    def shows_every_note_to_whom_it_is_for(self) -> None:
        seen = [
            len(self._run(client.get(f"{self._path}/notes")).json()["items"])
            for client in (self._desk.ops, self._desk.mine)
        ]
        assert seen == [sum(self._notes.values()), self._notes[False]]

    def teardown(self) -> None:
        for role in set(Role) - {Role.OPS, Role.PATIENT}:
            self._run(self._people[role].aclose())


async def test_whoever_does_whatever_a_case_stays_sound(desk: Any) -> None:
    product, loop = await desk.product(), asyncio.get_running_loop()

    class LifeHere(Life):
        def __init__(self) -> None:
            super().__init__(desk, loop, product)

    bounds = settings(
        max_examples=_EXAMPLES,
        stateful_step_count=_STEPS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, LifeHere, settings=bounds)
