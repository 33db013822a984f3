"""What may be handed over under a quote."""

from cases.delivery.domain import Mismatch, mismatches
from common.ids import new_id

CHAIR, CUSHION = new_id(), new_id()
QUOTED = {CHAIR: 2, CUSHION: 1}
MAINTAINED = frozenset({CHAIR})


def test_devices_need_a_serial_number_each_and_accessories_none() -> None:
    assert mismatches([CHAIR, CHAIR], QUOTED, MAINTAINED) == []
    assert mismatches([CHAIR, CHAIR, CUSHION], QUOTED, MAINTAINED) == []
    assert mismatches([CHAIR, CUSHION], QUOTED, MAINTAINED) == [Mismatch(CHAIR, 1, 2)]


def test_nothing_is_handed_over_that_was_not_quoted() -> None:
    other = new_id()
    assert mismatches([CHAIR, CHAIR, other], QUOTED, MAINTAINED) == [Mismatch(other, 1, 0)]
    assert mismatches([CHAIR, CHAIR, CUSHION, CUSHION], QUOTED, MAINTAINED) == [Mismatch(CUSHION, 2, 1)]
