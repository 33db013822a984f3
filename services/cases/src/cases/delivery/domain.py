"""Rules of delivery."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A product handed over more or less often than it may be."""

    product_id: UUID
    handed_over: int
    quoted: int


def mismatches(handed_over: Iterable[UUID], quoted: Mapping[UUID, int], maintained: frozenset[UUID]) -> list[Mismatch]:
    """What does not agree with the approved quote.

    Nothing beyond the quote is handed over, and each quoted device under maintenance has a serial number of its own:
    such a device must be traceable. Accessories need none.
    """
    counted = Counter(handed_over)
    found = []
    for product_id in sorted(counted.keys() | quoted.keys()):
        handed, due = counted[product_id], quoted.get(product_id, 0)
        if handed > due or (product_id in maintained and handed < due):
            found.append(Mismatch(product_id, handed, due))
    return found
