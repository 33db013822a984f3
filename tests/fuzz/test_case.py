"""A case's whole life, by any moves and facts in any order: it goes only where the table leads, and nowhere unready."""

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
from common.contracts.enums import CaseStatus
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

_FINAL = {CaseStatus.CLOSED, CaseStatus.CANCELLED}
_ABOUT_QUOTES = {
    Fact.QUOTE_DRAFTED: {"quote_drafted": True, "quote_sent": False, "quote_approved": False},
    Fact.QUOTE_SENT: {"quote_drafted": False, "quote_sent": True},
    Fact.QUOTE_APPROVED: {"quote_sent": False, "quote_approved": True},
    Fact.QUOTE_REJECTED: {"quote_sent": False, "quote_approved": False},
    Fact.DELIVERY_SCHEDULED: {"delivery_scheduled": True},
    Fact.DELIVERY_COMPLETED: {"delivered": True},
}


class CaseLife(RuleBasedStateMachine):
    """What may happen to one case."""

    def __init__(self) -> None:
        super().__init__()
        self.status = CaseStatus.INTAKE_RECEIVED
        self.past = [self.status]
        self.checklist = empty_checklist()
        self.known: dict[str, bool] = {}

    @property
    def situation(self) -> Situation:
        return Situation(self.checklist, **self.known)

    @rule(point=st.sampled_from(CHECKLIST), done=st.booleans())
    def check(self, point: str, done: bool) -> None:
        self.checklist = {**self.checklist, point: done}
        self._follow(Fact.CHECKED)

    @rule(fact=st.sampled_from(sorted(set(Fact) - {Fact.CHECKED})))
    def happen(self, fact: Fact) -> None:
        self.known |= _ABOUT_QUOTES.get(fact, {})
        self._follow(fact)

    @rule(parties=st.frozensets(st.sampled_from(Party), min_size=1), choice=st.integers(0, 20))
    def move_by_hand(self, parties: frozenset[Party], choice: int) -> None:
        targets = allowed(self.status, parties)
        if targets:
            target = targets[choice % len(targets)]
            row = move(self.status, target)
            assert row is not None
            assert row.by & parties
            if not row.missing(self.situation):
                self._enter(target)

    def _follow(self, fact: Fact) -> None:
        """As the service does: what a fact leads to may lead on; it comes to an end."""
        for _ in range(len(MOVES)):
            target = by_itself(self.status, fact, self.situation)
            if target is None:
                return
            self._enter(target)
        raise AssertionError(f"{fact} leads in a circle: {self.past}")

    def _enter(self, target: CaseStatus) -> None:
        if target is CaseStatus.READY_TO_SUBMIT:
            assert self.known.get("quote_approved"), "submitted without an approved quote"
            assert all(self.checklist[point] for point in CHECKLIST)
        if target is CaseStatus.QUOTE_PENDING and self.status is CaseStatus.UNDER_REVIEW:
            assert all(self.checklist[point] for point in PAPERS)
        self.status = target
        self.past.append(target)
        self.checklist = checklist_on_entry(target, self.checklist)

    @invariant()
    def goes_only_where_the_table_leads(self) -> None:
        assert all(move(*pair) is not None for pair in zip(self.past, self.past[1:], strict=False))

    @invariant()
    def what_is_over_stays_over(self) -> None:
        assert not _FINAL & set(self.past[:-1])

    @invariant()
    def is_delivered_only_once_approved(self) -> None:
        if CaseStatus.DELIVERED in self.past:
            assert CaseStatus.CPAM_APPROVED in self.past[: self.past.index(CaseStatus.DELIVERED)]

    @invariant()
    def has_all_its_points(self) -> None:
        assert self.checklist.keys() == set(CHECKLIST)


TestCaseLife = CaseLife.TestCase
TestCaseLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
