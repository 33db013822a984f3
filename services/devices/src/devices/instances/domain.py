"""Rules of a device."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from devices.tickets.domain import BEING_REPAIRED, TicketStatus


class DeviceStatus(StrEnum):
    ACTIVE = "ACTIVE"
    IN_REPAIR = "IN_REPAIR"
    REPLACED = "REPLACED"
    DECOMMISSIONED = "DECOMMISSIONED"


class DeviceEventKind(StrEnum):
    """What a device's history tells."""

    REGISTERED = "REGISTERED"
    CHANGED = "CHANGED"
    STATUS_CHANGED = "STATUS_CHANGED"
    UNSAFE = "UNSAFE"
    SAFE = "SAFE"


IN_SERVICE = frozenset({DeviceStatus.ACTIVE, DeviceStatus.IN_REPAIR})
OUT_OF_SERVICE = frozenset({DeviceStatus.REPLACED, DeviceStatus.DECOMMISSIONED})


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """What counts of a ticket for the state of its device."""

    status: TicketStatus
    is_safety_issue: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """How a device in service is."""

    status: DeviceStatus
    unsafe: bool


def condition(tickets: Iterable[OpenTicket]) -> Condition:
    """In repair while somebody works on it or waits for parts; unsafe until every safety ticket is settled."""
    found = list(tickets)
    repaired = any(ticket.status in BEING_REPAIRED for ticket in found)
    return Condition(
        status=DeviceStatus.IN_REPAIR if repaired else DeviceStatus.ACTIVE,
        unsafe=any(ticket.is_safety_issue for ticket in found),
    )


def may_retire(status: DeviceStatus, to: DeviceStatus) -> bool:
    """Whether a device is taken out of service by hand so; being in repair or active follows from its tickets."""
    return status in IN_SERVICE and to in OUT_OF_SERVICE
