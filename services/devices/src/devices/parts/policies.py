"""Who may record parts: the technician who puts them in."""

from common.auth import Actor, require_role
from common.contracts.enums import Role
from common.errors import Forbidden

from devices.tickets.models import ServiceTicket


def may_use_parts(actor: Actor, ticket: ServiceTicket) -> None:
    """`Forbidden` unless the ticket is given to the actor."""
    require_role(actor, Role.TECHNICIAN)
    if ticket.assigned_to != actor.user_id:
        raise Forbidden
