"""A ticket's states as a table, and when it is due."""

from datetime import UTC, datetime

import pytest
from common.contracts.enums import Role, Severity
from common.errors import Conflict, Forbidden
from common.testing.live import live_settings
from devices.settings import DevicesSettings
from devices.tickets.domain import (
    MOVES,
    SETTLED,
    UNSETTLED,
    RepairDeadlines,
    TicketStatus,
    allowed_moves,
    check_move,
    ticket_number,
)
from hypothesis import given
from hypothesis import strategies as st

OPEN, ASSIGNED, IN_PROGRESS, PENDING_PARTS, RESOLVED, CLOSED = TicketStatus
BY_TECHNICIAN = {
    (ASSIGNED, IN_PROGRESS),
    (IN_PROGRESS, PENDING_PARTS),
    (IN_PROGRESS, RESOLVED),
    (PENDING_PARTS, IN_PROGRESS),
    (PENDING_PARTS, RESOLVED),
}
BY_OPS = BY_TECHNICIAN | {(OPEN, CLOSED), (ASSIGNED, CLOSED), (RESOLVED, IN_PROGRESS), (RESOLVED, CLOSED)}

DEADLINES = RepairDeadlines(
    by_severity={Severity.CRITICAL: 1, Severity.HIGH: 3, Severity.MEDIUM: 10, Severity.LOW: 30},
    non_modular=3,
    modular=10,
    non_modular_families=frozenset({"FMP", "FMPR"}),
)


@pytest.mark.parametrize("status", TicketStatus)
@pytest.mark.parametrize("to", TicketStatus)
@pytest.mark.parametrize(("role", "allowed"), [(Role.OPS, BY_OPS), (Role.TECHNICIAN, BY_TECHNICIAN)])
def test_a_ticket_moves_as_the_table_says_and_nowhere_else(
    status: TicketStatus, to: TicketStatus, role: Role, allowed: set[tuple[TicketStatus, TicketStatus]]
) -> None:
    if (status, to) in allowed:
        check_move(status, to, role)
        return
    with pytest.raises(Forbidden if (status, to) in BY_OPS else Conflict):
        check_move(status, to, role)


def test_a_refused_move_names_the_moves_there_are() -> None:
    with pytest.raises(Conflict) as refused:
        check_move(IN_PROGRESS, OPEN, Role.TECHNICIAN)
    assert refused.value.code == "BIZ_INVALID_TRANSITION"
    assert refused.value.details[0].as_json()["allowed"] == ["PENDING_PARTS", "RESOLVED"]


@given(st.lists(st.sampled_from(sorted(TicketStatus)), max_size=30), st.sampled_from([Role.OPS, Role.TECHNICIAN]))
def test_whatever_is_asked_for_a_closed_ticket_stays_closed(asked: list[TicketStatus], role: Role) -> None:
    status = OPEN
    for to in asked:
        before = status
        if to in allowed_moves(status, role):
            check_move(status, to, role)
            status = to
        assert before is not CLOSED or status is CLOSED


def test_every_state_is_settled_or_not_and_is_reached_by_some_move() -> None:
    assert set(TicketStatus) == SETTLED | UNSETTLED
    assert not SETTLED & UNSETTLED
    assert set(MOVES) == set(TicketStatus)
    assert {to for moves in MOVES.values() for to in moves} == set(TicketStatus) - {OPEN}


@pytest.mark.parametrize(
    ("family", "severity", "safety", "days"),
    [
        ("FMP", Severity.MEDIUM, False, 3),
        ("FMPR", Severity.LOW, False, 3),
        ("FRM", Severity.LOW, False, 10),
        ("FRM", Severity.HIGH, False, 3),
        ("FRE A", Severity.MEDIUM, False, 10),
        (None, Severity.LOW, False, 3),
        ("FRM", Severity.CRITICAL, False, 1),
        ("FRM", Severity.LOW, True, 1),
    ],
)
def test_a_repair_takes_what_its_severity_and_its_family_allow(
    family: str | None, severity: Severity, safety: bool, days: int
) -> None:
    assert DEADLINES.days(severity, is_safety_issue=safety, family=family) == days


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        # The night the clocks go forward, the night they go back, a leap day: the same time of day in France.
        (datetime(2026, 3, 28, 1, 30, tzinfo=UTC), datetime(2026, 3, 31, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 24, 0, 30, tzinfo=UTC), datetime(2026, 10, 27, 1, 30, tzinfo=UTC)),
        (datetime(2028, 2, 27, 9, 0, tzinfo=UTC), datetime(2028, 3, 1, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_deadline_keeps_the_time_of_day_in_france(opened: datetime, due: datetime) -> None:
    assert DEADLINES.due(opened, Severity.HIGH, is_safety_issue=False, family="FMP") == due


def test_a_ticket_is_called_by_its_year_and_number() -> None:
    assert ticket_number(2026, 123) == "TK-2026-000123"
    assert ticket_number(2026, 1_234_567) == "TK-2026-1234567"


def test_production_needs_a_real_hotline() -> None:
    with pytest.raises(ValueError, match="HOTLINE_PHONE"):
        DevicesSettings(**live_settings())
    assert DevicesSettings(**live_settings(hotline_phone="+33123456789")).hotline_phone == "+33123456789"
