"""Which part of a device a message is about."""

from collections.abc import Mapping

from devices.assistant.tables import Group
from devices.assistant.text import Message
from devices.tickets.domain import TicketCategory

_WORDS: Mapping[TicketCategory, Group] = {
    TicketCategory.BRAKE: Group.of("frein* frain* brake*"),
    TicketCategory.BATTERY: Group.of("batteri* baterie* charge* chargeur* battery batteries"),
    TicketCategory.JOYSTICK: Group.of("joystick* manette* commande* telecommand*"),
    TicketCategory.WHEELS: Group.of("roue* roulette* pneu* chambre_a_air wheel* tyre* tire* caster*"),
    TicketCategory.CUSHION: Group.of("coussin* cushion*"),
    TicketCategory.FRAME: Group.of("chassis cadre fourche* frame* axle essieu*"),
    TicketCategory.ELECTRICAL: Group.of(
        "moteur* ecran* voyant* phare* klaxon cable* motor display light* wire* screen horn"
    ),
}


def category(message: Message) -> TicketCategory:
    """The category of the first part that is named; OTHER for none."""
    return next((found for found, words in _WORDS.items() if words.spans(message)), TicketCategory.OTHER)
