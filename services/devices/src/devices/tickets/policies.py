"""Who may do what with a ticket. Seeing it is the repository's question; here it is seen already."""

from collections.abc import Set as AbstractSet

from common.auth import Actor, Permission, require
from common.contracts.enums import Role
from common.errors import Forbidden

from devices.tickets.domain import TicketStatus, allowed_moves
from devices.tickets.models import ServiceTicket

_BY_TECHNICIAN = frozenset({"category", "severity", "is_safety_issue", "resolution_notes", "loaner_serial_number"})
_BY_PATIENT = frozenset({"description", "is_safety_issue"})


def may_assign(actor: Actor) -> None:
    """`Forbidden` unless the matrix lets the actor give tickets to technicians."""
    require(actor, Permission.TICKET_ASSIGN)


def works_on(actor: Actor, ticket: ServiceTicket) -> bool:
    """Whether the actor is OPS, or the technician the ticket is given to."""
    return actor.role is Role.OPS or (actor.role is Role.TECHNICIAN and ticket.assigned_to == actor.user_id)


def may_work(actor: Actor, ticket: ServiceTicket) -> None:
    """`Forbidden` unless the ticket is the actor's to work on."""
    if not works_on(actor, ticket):
        raise Forbidden


def moves_of(actor: Actor, ticket: ServiceTicket) -> list[TicketStatus]:
    """Where the actor may move the ticket."""
    return allowed_moves(ticket.status, actor.role) if works_on(actor, ticket) else []


def may_change(
    actor: Actor, ticket: ServiceTicket, fields: AbstractSet[str], *, is_own: bool, clears_safety: bool
) -> None:
    """`Forbidden` unless the actor may change all of `fields` (Python names).

    Whoever sees a danger may say so; only OPS takes it back.
    """
    if actor.role is Role.OPS:
        return
    allowed: frozenset[str] = frozenset()
    if works_on(actor, ticket):
        allowed |= _BY_TECHNICIAN
    if is_own:
        allowed |= _BY_PATIENT
    if not allowed or clears_safety or not fields <= allowed:
        raise Forbidden
