from axtech.simulators.billing_gateway.outcomes import Step, accepted_later, at, decided, then_rejected
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
moments = st.floats(0, 1e6)


@unhurried
@given(moments, st.floats(0.1, 100), st.lists(st.floats(0, 300), min_size=2))
def test_a_claim_never_goes_back(received: float, delay: float, waits: list[float]) -> None:
    order = ["SUBMITTED", "PENDING", "ACCEPTED", "REJECTED"]
    steps = then_rejected(accepted_later(received, delay), delay, "C", "R")
    seen = [order.index(at(steps, received + wait).status) for wait in sorted(waits)]
    assert seen == sorted(seen)


@unhurried
@given(moments, st.floats(0, 10), st.floats(0, 20))
def test_a_forced_outcome_is_final(received: float, delay: float, when: float) -> None:
    steps = decided(accepted_later(received, delay), Step(received + when, "REJECTED", "C", "R"))
    assert at(steps, received + when).status == "REJECTED"
    assert at(steps, received + when + 1000).status == "REJECTED"
