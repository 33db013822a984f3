"""How an address is recognised without being kept."""

from common.contracts.enums import Channel
from common.crypto import BlindIndex


def address_index(index: BlindIndex, channel: Channel, address: str) -> str:
    """The keyed hash of an address as it is compared: mail addresses without regard to case."""
    return index.of(f"address.{channel}", address.casefold() if channel is Channel.EMAIL else address)
