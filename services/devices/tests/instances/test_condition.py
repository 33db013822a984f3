"""The state of a device follows from its tickets."""

import pytest
from devices.instances.domain import DeviceStatus, OpenTicket, condition, may_retire
from devices.tickets.domain import UNSETTLED, TicketStatus
from hypothesis import given
from hypothesis import strategies as st

tickets = st.lists(st.builds(OpenTicket, st.sampled_from(sorted(UNSETTLED)), st.booleans()), max_size=6)


def test_a_device_without_tickets_is_active_and_safe() -> None:
    assert condition([]) == condition(iter([]))
    assert (condition([]).status, condition([]).unsafe) == (DeviceStatus.ACTIVE, False)


@given(tickets)
def test_it_is_in_repair_while_any_ticket_is_worked_on(found: list[OpenTicket]) -> None:
    worked_on = {ticket.status for ticket in found} & {TicketStatus.IN_PROGRESS, TicketStatus.PENDING_PARTS}
    assert condition(found).status is (DeviceStatus.IN_REPAIR if worked_on else DeviceStatus.ACTIVE)


@given(tickets)
def test_it_is_unsafe_until_the_last_safety_ticket_is_settled(found: list[OpenTicket]) -> None:
    assert condition(found).unsafe is any(ticket.is_safety_issue for ticket in found)


@pytest.mark.parametrize("status", DeviceStatus)
@pytest.mark.parametrize("to", DeviceStatus)
def test_only_a_device_in_service_leaves_it_and_never_comes_back(status: DeviceStatus, to: DeviceStatus) -> None:
    leaves = status in {"ACTIVE", "IN_REPAIR"} and to in {"REPLACED", "DECOMMISSIONED"}
    assert may_retire(status, to) is leaves
