"""The state machine, and the flags, as pure rules."""

from datetime import UTC, datetime, timedelta

import pytest
from cases.cases.deadlines import DAYS, Flag, FlagCode, Observed, deadline, flags
from cases.cases.domain import (
    CHECKLIST,
    MOVES,
    PAPERS,
    Fact,
    Party,
    Situation,
    allowed,
    by_itself,
    checklist_on_entry,
    empty_checklist,
    move,
)
from common.contracts.enums import CaseStatus, DocumentType, Priority
from hypothesis import given
from hypothesis import strategies as st

S = CaseStatus
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

TABLE = {
    S.INTAKE_RECEIVED: [S.DOCUMENTS_PENDING, S.DOCUMENTS_COMPLETE, S.CANCELLED],
    S.DOCUMENTS_PENDING: [S.DOCUMENTS_COMPLETE, S.CANCELLED],
    S.DOCUMENTS_COMPLETE: [S.UNDER_REVIEW, S.DOCUMENTS_PENDING, S.CANCELLED],
    S.UNDER_REVIEW: [S.QUOTE_PENDING, S.DOCUMENTS_PENDING, S.CANCELLED],
    S.QUOTE_PENDING: [S.QUOTE_READY, S.UNDER_REVIEW, S.CANCELLED],
    S.QUOTE_READY: [S.PATIENT_APPROVAL_PENDING, S.QUOTE_PENDING, S.CANCELLED],
    S.PATIENT_APPROVAL_PENDING: [S.READY_TO_SUBMIT, S.QUOTE_PENDING, S.CANCELLED],
    S.READY_TO_SUBMIT: [S.SUBMITTED_TO_CPAM, S.QUOTE_PENDING, S.CANCELLED],
    S.SUBMITTED_TO_CPAM: [S.CPAM_PENDING, S.CPAM_APPROVED, S.CPAM_REJECTED],
    S.CPAM_PENDING: [S.CPAM_APPROVED, S.CPAM_REJECTED],
    S.CPAM_REJECTED: [S.READY_TO_SUBMIT, S.SUBMITTED_TO_CPAM, S.CANCELLED, S.CLOSED],
    S.CPAM_APPROVED: [S.DELIVERY_SCHEDULED],
    S.DELIVERY_SCHEDULED: [S.DELIVERED, S.CPAM_APPROVED],
    S.DELIVERED: [S.MAINTENANCE_ACTIVE, S.CLOSED],
    S.MAINTENANCE_ACTIVE: [S.CLOSED],
    S.CLOSED: [],
    S.CANCELLED: [],
}
"""The contract, written out once more: a slip in the table of the code shows here."""

DONE = dict.fromkeys(CHECKLIST, True)
EVERYTHING = Situation(DONE, True, True, True, True, True)
checklists = st.fixed_dictionaries({point: st.booleans() for point in CHECKLIST})
situations = st.builds(Situation, checklists, st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())


@pytest.mark.parametrize("origin", S)
def test_the_table_has_exactly_the_moves_of_the_contract(origin: S) -> None:
    assert [row.target for row in MOVES if row.origin is origin] == TABLE[origin]
    assert allowed(origin, frozenset({Party.OPS})) == TABLE[origin]


@pytest.mark.parametrize("origin", S)
def test_a_patient_may_only_withdraw_and_only_before_submission(origin: S) -> None:
    early = list(S).index(origin) < list(S).index(S.SUBMITTED_TO_CPAM)
    assert allowed(origin, frozenset({Party.PATIENT})) == ([S.CANCELLED] if early else [])


def test_billing_makes_the_moves_that_follow_a_claim_and_no_others() -> None:
    moves = {(row.origin, row.target) for row in MOVES if Party.BILLING in row.by}
    assert moves == {
        (S.READY_TO_SUBMIT, S.SUBMITTED_TO_CPAM),
        (S.SUBMITTED_TO_CPAM, S.CPAM_PENDING),
        (S.SUBMITTED_TO_CPAM, S.CPAM_APPROVED),
        (S.SUBMITTED_TO_CPAM, S.CPAM_REJECTED),
        (S.CPAM_PENDING, S.CPAM_APPROVED),
        (S.CPAM_PENDING, S.CPAM_REJECTED),
        (S.CPAM_REJECTED, S.READY_TO_SUBMIT),
        (S.CPAM_REJECTED, S.SUBMITTED_TO_CPAM),
    }


@pytest.mark.parametrize("point", CHECKLIST)
def test_each_of_the_seven_points_holds_up_submission(point: str) -> None:
    row = move(S.PATIENT_APPROVAL_PENDING, S.READY_TO_SUBMIT)
    assert row is not None
    missing = row.missing(Situation(DONE | {point: False}, quote_approved=True))
    assert [item.field for item in missing] == [f"checklistState.{point}"]
    assert by_itself(row.origin, Fact.QUOTE_APPROVED, Situation(DONE | {point: False}, quote_approved=True)) is None
    assert by_itself(row.origin, Fact.QUOTE_APPROVED, Situation(DONE, quote_approved=True)) is row.target


@pytest.mark.parametrize("point", PAPERS)
def test_each_paper_holds_up_quoting(point: str) -> None:
    papers = dict.fromkeys(PAPERS, True)
    assert by_itself(S.UNDER_REVIEW, Fact.CHECKED, Situation(empty_checklist() | papers)) is S.QUOTE_PENDING
    assert by_itself(S.UNDER_REVIEW, Fact.CHECKED, Situation(empty_checklist() | papers | {point: False})) is None


@given(origin=st.sampled_from(S), facts=st.lists(st.sampled_from(Fact), max_size=12), situation=situations)
def test_facts_lead_only_along_the_table_and_never_in_circles(
    origin: S, facts: list[Fact], situation: Situation
) -> None:
    status = origin
    for fact in facts:
        seen = {status}
        checklist = dict(situation.checklist)
        while (target := by_itself(status, fact, Situation(checklist, *_rest(situation)))) is not None:
            row = move(status, target)
            assert row is not None
            assert not row.missing(Situation(checklist, *_rest(situation)))
            assert target not in seen, "one fact went round in a circle"
            checklist = checklist_on_entry(target, checklist)
            seen.add(target)
            status = target
    if origin in {S.CLOSED, S.CANCELLED}:
        assert status is origin


def _rest(situation: Situation) -> tuple[bool, ...]:
    return (
        situation.quote_drafted,
        situation.quote_sent,
        situation.quote_approved,
        situation.delivery_scheduled,
        situation.delivered,
    )


@given(situation=situations)
def test_nothing_gets_to_submission_without_all_seven_points(situation: Situation) -> None:
    for row in MOVES:
        for fact in row.on:
            if by_itself(row.origin, fact, situation) is S.READY_TO_SUBMIT:
                assert all(situation.checklist.values())
                assert situation.quote_approved


@pytest.mark.parametrize(
    ("overtaking", "end"), [(Fact.CLAIM_PENDING, S.CPAM_PENDING), (Fact.CLAIM_ACCEPTED, S.CPAM_APPROVED)]
)
def test_a_claim_event_that_overtook_its_submission_leads_through_the_same_states(overtaking: Fact, end: S) -> None:
    for origin in (S.READY_TO_SUBMIT, S.CPAM_REJECTED):
        assert by_itself(origin, overtaking, EVERYTHING) is S.SUBMITTED_TO_CPAM
    assert by_itself(S.SUBMITTED_TO_CPAM, overtaking, EVERYTHING) is end


@pytest.mark.parametrize("status", S)
def test_an_urgent_case_is_never_given_longer(status: S) -> None:
    normal, urgent = (deadline(status, priority, NOW) for priority in (Priority.NORMAL, Priority.URGENT))
    if status not in DAYS:
        assert (normal, urgent) == (None, None)
    else:
        assert normal is not None
        assert urgent is not None
        assert NOW < urgent <= normal


def seen(**changes: object) -> Observed:
    given_: dict[str, object] = {
        "status": S.UNDER_REVIEW,
        "status_since": NOW - timedelta(days=1),
        "sla_deadline": NOW + timedelta(days=9),
        "checklist": empty_checklist(),
        "documents": frozenset({DocumentType.ID_CARD, DocumentType.CARTE_VITALE, DocumentType.PROOF_OF_ADDRESS}),
        "prescription_expired": False,
        **changes,
    }
    return Observed(**given_)  # type: ignore[arg-type]


def test_a_missing_document_is_flagged_until_it_is_there_or_its_point_is_set() -> None:
    without = seen(documents=frozenset({DocumentType.ID_CARD}), checklist=DONE | {"carteVitaleVerified": False})
    assert flags(without, NOW) == [Flag(FlagCode.DOCUMENT_MISSING, DocumentType.CARTE_VITALE)]
    assert flags(seen(), NOW) == []


def test_an_expired_prescription_is_flagged_until_the_claim_is_out() -> None:
    expired = Flag(FlagCode.DOCUMENT_EXPIRED, DocumentType.PRESCRIPTION)
    assert flags(seen(prescription_expired=True), NOW) == [expired]
    assert flags(seen(prescription_expired=True, status=S.CPAM_PENDING), NOW) == []


@pytest.mark.parametrize(
    ("days_left", "code"), [(9, None), (3, None), (2, FlagCode.SLA_AT_RISK), (-1, FlagCode.SLA_OVERDUE)]
)
def test_a_deadline_is_at_risk_in_its_last_quarter_and_then_overdue(days_left: int, code: FlagCode | None) -> None:
    end = NOW + timedelta(days=days_left)
    late = seen(sla_deadline=end, status_since=end - timedelta(days=10))
    assert [flag.code for flag in flags(late, NOW)] == ([] if code is None else [code])


@pytest.mark.parametrize(("minutes", "flagged"), [(1, False), (0, False), (-1, True), (None, False)])
def test_an_approved_quote_without_a_claim_is_flagged_once_it_is_due(minutes: int | None, flagged: bool) -> None:
    due = None if minutes is None else NOW + timedelta(minutes=minutes)
    waiting = seen(status=S.READY_TO_SUBMIT, checklist=DONE, claim_due=due)
    assert [flag.code for flag in flags(waiting, NOW)] == ([FlagCode.CLAIM_MISSING] if flagged else [])


@pytest.mark.parametrize(
    ("status", "days", "flagged"),
    [
        (S.CPAM_PENDING, -1, True),
        (S.SUBMITTED_TO_CPAM, -1, True),
        (S.CPAM_PENDING, 1, False),
        (S.CPAM_APPROVED, -1, False),
    ],
)
def test_the_silence_of_the_fund_is_flagged_once_it_is_agreement(status: S, days: int, flagged: bool) -> None:
    waiting = seen(status=status, sla_deadline=None, agreement_by=NOW + timedelta(days=days))
    assert [flag.code for flag in flags(waiting, NOW)] == ([FlagCode.AGREED_BY_SILENCE] if flagged else [])


@pytest.mark.parametrize(
    ("years", "under_16", "code"),
    [
        (2, None, FlagCode.RENEWAL_TOO_EARLY),
        (4, None, FlagCode.RENEWAL_DEPENDS_ON_AGE),
        (6, None, None),
        (2, True, FlagCode.RENEWAL_TOO_EARLY),
        (4, True, None),
        (2, False, FlagCode.RENEWAL_TOO_EARLY),
        (4, False, FlagCode.RENEWAL_TOO_EARLY),
        (6, False, None),
    ],
)
def test_a_renewal_is_too_early_by_the_patients_age(years: int, under_16: bool | None, code: FlagCode | None) -> None:
    delivered = NOW - timedelta(days=366 * years)
    renewed = seen(
        renewable=delivered + timedelta(days=5 * 365),
        renewable_under_16=delivered + timedelta(days=3 * 365),
        patient_under_16=under_16,
    )
    assert [flag.code for flag in flags(renewed, NOW)] == ([] if code is None else [code])


def test_while_the_fund_considers_an_agreement_the_deadline_is_its_own() -> None:
    by = NOW + timedelta(days=15)
    assert deadline(S.CPAM_PENDING, Priority.NORMAL, NOW, by) == by
    assert deadline(S.SUBMITTED_TO_CPAM, Priority.NORMAL, NOW, by) != by
