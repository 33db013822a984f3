"""Rules of a recall."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class RecallStatus(StrEnum):
    OPENING = "OPENING"
    """Its tickets are being opened."""
    OPEN = "OPEN"
    """Every device it concerns has a ticket."""


@dataclass(frozen=True, slots=True)
class Lot:
    """The devices a recall concerns: of a product, in a range of serial numbers, or both.

    A range holds the serial numbers as long as its ends that sort between them, character by character and both ends
    included: `AX-0100` to `AX-0199` holds `AX-0150`, neither `AX-01500` nor `ax-0150`.
    """

    product_id: UUID | None
    serial_from: str | None
    serial_to: str | None

    def problem(self) -> str | None:
        """What is wrong with it; None when nothing is."""
        if (self.serial_from is None) != (self.serial_to is None):
            return "a range has two ends"
        if self.serial_from is None or self.serial_to is None:
            return None if self.product_id else "name a product, a range of serial numbers, or both"
        if len(self.serial_from) != len(self.serial_to):
            return "both ends of a range are equally long"
        return "a range goes upwards" if self.serial_from > self.serial_to else None

    def holds(self, product_id: UUID, serial_number: str) -> bool:
        """Whether a device is one of them."""
        if self.product_id not in {None, product_id}:
            return False
        if self.serial_from is None or self.serial_to is None:
            return True
        return len(serial_number) == len(self.serial_from) and self.serial_from <= serial_number <= self.serial_to
