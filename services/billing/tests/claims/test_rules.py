"""Rules of a claim's life."""

from decimal import Decimal

import pytest
from billing.claims.domain import (
    TRANSITIONS,
    UNDECIDABLE,
    WAITING,
    Decision,
    InvalidMove,
    after_report,
    after_return,
    role_of,
    settled,
    steps,
    submission_reference,
)
from common.contracts.enums import ClaimDocumentRole, ClaimStatus, DocumentType
from hypothesis import given
from hypothesis import strategies as st

S = ClaimStatus
STATUSES = st.sampled_from(ClaimStatus)
AMOUNTS = st.decimals(min_value=-10_000, max_value=10_000, places=2)
TOTALS = st.decimals(min_value=Decimal("0.01"), max_value=10_000, places=2)


def test_every_status_has_its_row_and_a_cancelled_claim_is_over() -> None:
    assert TRANSITIONS.keys() == set(ClaimStatus)
    assert TRANSITIONS[S.CANCELLED] == frozenset()
    assert not any(S.DRAFT in targets for targets in TRANSITIONS.values())


@given(STATUSES, STATUSES)
def test_every_step_is_a_move_of_the_table_and_leads_to_the_target(status: ClaimStatus, target: ClaimStatus) -> None:
    try:
        path = steps(status, target)
    except InvalidMove:
        return
    for before, after in zip((status, *path), path, strict=False):
        assert after in TRANSITIONS[before]
    assert (path[-1] if path else status) is target


@pytest.mark.parametrize(
    ("status", "target", "path"),
    [
        (S.SUBMITTED, S.PAID, (S.ACCEPTED, S.PAID)),
        (S.REJECTED, S.PARTIAL_PAYMENT, (S.ACCEPTED, S.PARTIAL_PAYMENT)),
        (S.PAID, S.REJECTED, (S.ACCEPTED, S.REJECTED)),
        (S.DRAFT, S.SUBMITTED, (S.SUBMITTED,)),
        (S.PAID, S.PAID, ()),
    ],
)
def test_what_pays_a_claim_accepts_it_first(
    status: ClaimStatus, target: ClaimStatus, path: tuple[ClaimStatus, ...]
) -> None:
    assert steps(status, target) == path


@pytest.mark.parametrize(
    ("status", "target"), [(S.DRAFT, S.PAID), (S.CANCELLED, S.SUBMITTED), (S.PAID, S.CANCELLED), (S.PENDING, S.DRAFT)]
)
def test_there_is_no_way_between_these(status: ClaimStatus, target: ClaimStatus) -> None:
    with pytest.raises(InvalidMove):
        steps(status, target)


@given(STATUSES, TOTALS, AMOUNTS)
def test_the_sum_of_payments_explains_the_status(status: ClaimStatus, total: Decimal, paid: Decimal) -> None:
    found = settled(status, total, paid)
    assert (found is S.PAID) == (paid >= total)
    assert (found is S.PARTIAL_PAYMENT) == (0 < paid < total)


@given(st.sampled_from(sorted(set(ClaimStatus) - UNDECIDABLE)), TOTALS, AMOUNTS, st.sampled_from(Decision))
def test_where_a_return_leaves_a_claim_is_always_within_reach(
    status: ClaimStatus, total: Decimal, paid: Decimal, decision: Decision
) -> None:
    found = after_return(status, total, paid, decision)
    steps(status, found)
    if paid > 0:
        assert found in {S.PAID, S.PARTIAL_PAYMENT}
    else:
        assert found not in {S.PAID, S.PARTIAL_PAYMENT}


@pytest.mark.parametrize(
    ("status", "paid", "decision", "expected"),
    [
        (S.SUBMITTED, "0", Decision.DEFERRED, S.PENDING),
        (S.PENDING, "0", Decision.DEFERRED, S.PENDING),
        (S.PENDING, "0", Decision.PAID, S.ACCEPTED),
        (S.RESUBMITTED, "0", Decision.REJECTED, S.REJECTED),
        (S.ACCEPTED, "0", Decision.NONE, S.ACCEPTED),
        (S.REJECTED, "0", Decision.PAID, S.REJECTED),
        (S.PARTIAL_PAYMENT, "40", Decision.REJECTED, S.PARTIAL_PAYMENT),
        (S.PAID, "0", Decision.PAID, S.ACCEPTED),
        (S.PAID, "0", Decision.REJECTED, S.REJECTED),
        (S.PAID, "99.99", Decision.PAID, S.PARTIAL_PAYMENT),
    ],
)
def test_money_outweighs_words(status: ClaimStatus, paid: str, decision: Decision, expected: ClaimStatus) -> None:
    assert after_return(status, Decimal("100.00"), Decimal(paid), decision) is expected


@given(STATUSES, STATUSES)
def test_a_gateways_report_never_takes_a_claim_back(status: ClaimStatus, reported: ClaimStatus) -> None:
    found = after_report(status, reported)
    if found is not status:
        assert found in TRANSITIONS[status]
        assert status in WAITING or (status, found) == (S.ACCEPTED, S.REJECTED)


@pytest.mark.parametrize(
    ("document_type", "of_quote", "of_patient", "expected"),
    [
        (DocumentType.QUOTE_PDF, True, False, ClaimDocumentRole.QUOTE),
        (DocumentType.QUOTE_PDF, False, True, None),
        (DocumentType.ID_CARD, False, True, ClaimDocumentRole.ID),
        (DocumentType.CARTE_VITALE, False, True, ClaimDocumentRole.CARTE_VITALE),
        (DocumentType.ID_CARD, False, False, None),
        (DocumentType.DELIVERY_PROOF, False, True, None),
    ],
)
def test_which_documents_go_along_by_themselves(
    document_type: DocumentType, of_quote: bool, of_patient: bool, expected: ClaimDocumentRole | None
) -> None:
    assert role_of(document_type, of_quote=of_quote, of_patient=of_patient) is expected


def test_a_resubmission_has_a_reference_of_its_own() -> None:
    assert submission_reference("CL-2026-000001", 1) != submission_reference("CL-2026-000001", 2)
