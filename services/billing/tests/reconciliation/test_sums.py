"""Rules of the reconciliation."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from billing.claims.domain import UNDECIDABLE, settled
from billing.reconciliation.domain import AGES, Difference, Position, Totals
from common.contracts.enums import ClaimStatus, GatewayType
from common.ids import new_id
from hypothesis import given
from hypothesis import strategies as st

DAY = date(2026, 12, 31)
AMOUNTS = st.decimals(min_value=0, max_value=10_000, places=2)


def position(**changes: object) -> Position:
    made = Position(
        claim_id=new_id(),
        claim_number="CL-2026-000001",
        invoice_number="000000001",
        gateway_type=GatewayType.INFIMAX,
        status=ClaimStatus.ACCEPTED,
        submitted_on=DAY,
        claimed=Decimal("100.00"),
        paid=Decimal("0.00"),
        ledger=Decimal("0.00"),
        written_off=Decimal("0.00"),
        gateway_paid=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"paid": Decimal(1)}, [Difference.LEDGER]),
        ({"status": ClaimStatus.PAID}, [Difference.STATUS]),
        ({"paid": Decimal(40), "ledger": Decimal(40), "status": ClaimStatus.PARTIAL_PAYMENT}, []),
        ({"paid": Decimal(101), "ledger": Decimal(101), "status": ClaimStatus.PAID}, [Difference.OVERPAID]),
        ({"gateway_paid": Decimal(5)}, [Difference.GATEWAY]),
        ({"gateway_paid": Decimal(0)}, []),
        (
            {
                "paid": Decimal(60),
                "ledger": Decimal(60),
                "written_off": Decimal(50),
                "status": ClaimStatus.PARTIAL_PAYMENT,
            },
            [Difference.PAID_AFTER_WRITE_OFF],
        ),
    ],
)
def test_each_difference_is_found_and_nothing_else(changes: dict[str, object], expected: list[Difference]) -> None:
    assert position(**changes).differences() == expected


@pytest.mark.parametrize(
    ("days", "bucket"), [(0, "0-30"), (30, "0-30"), (31, "31-60"), (60, "31-60"), (90, "61-90"), (91, "over-90")]
)
def test_what_is_outstanding_is_listed_by_age(days: int, bucket: str) -> None:
    totals = Totals(DAY)
    totals.add(position(submitted_on=DAY - timedelta(days)))
    assert {name: sums.claims for name, sums in totals.by_age.items() if sums.claims} == {bucket: 1}


@given(st.integers(-10, 10_000))
def test_every_age_has_one_bucket(days: int) -> None:
    assert sum(holds(days) for _, holds in AGES) == 1


@given(
    st.lists(st.tuples(st.sampled_from(sorted(set(ClaimStatus) - UNDECIDABLE)), AMOUNTS, AMOUNTS, AMOUNTS), max_size=20)
)
def test_the_parts_add_up_to_the_whole(drawn: list[tuple[ClaimStatus, Decimal, Decimal, Decimal]]) -> None:
    totals = Totals(DAY)
    for index, (status, claimed, paid, written_off) in enumerate(drawn):
        kind = list(GatewayType)[index % 4]
        totals.add(
            position(
                status=settled(status, claimed, paid),
                claimed=claimed,
                paid=paid,
                ledger=paid,
                written_off=written_off,
                gateway_type=kind,
            )
        )
    for name in ("claims", "claimed", "accepted", "paid", "written_off", "outstanding"):
        parts = [getattr(each, name) for each in totals.by_gateway.values()]
        assert sum(parts) == getattr(totals.overall, name)
    assert sum(each.outstanding for each in totals.by_age.values()) == totals.overall.outstanding
