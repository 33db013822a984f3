"""The list of public paths."""

import re

import pytest
from axtech.gateway.config import greater_than
from axtech.gateway.routes import Routes, load_routes
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

PUBLIC = {
    "identity": [
        "/.well-known/jwks.json",
        "/api/v1/auth/login",
        "/api/v1/auth/mfa/verify",
        "/api/v1/users/me",
        "/api/v1/staff",
        "/api/v1/patients/search",
        "/api/v1/patients/1/consents",
        "/api/v1/patients/1/export",
        "/api/v1/proxies/1",
        "/api/v1/consents/1/withdraw",
        "/api/v1/prescribers",
        "/api/v1/break-glass",
        "/api/v1/audit-events/verify",
    ],
    "cases": [
        "/api/v1/product-families",
        "/api/v1/products/1/lppr-items",
        "/api/v1/lppr-items/import",
        "/api/v1/prescriptions/1/verify",
        "/api/v1/cases",
        "/api/v1/cases/1/quotes",
        "/api/v1/cases/1/delivery/schedule",
        "/api/v1/tasks/1",
        "/api/v1/quotes/1/approve",
    ],
    "documents": ["/api/v1/documents/1/complete"],
    "billing": ["/api/v1/claims/1/returns", "/api/v1/returns/1/entries/2/match"],
    "devices": [
        "/api/v1/devices/1/maintenance-contract",
        "/api/v1/maintenance-contracts/1/renew",
        "/api/v1/tickets/1/visits",
        "/api/v1/visits/1/arrive",
        "/api/v1/chat/conversations/1/messages",
    ],
    "notifications": [
        "/api/v1/notifications/1/retry",
        "/api/v1/notification-templates/1/preview",
        "/api/v1/webhooks/brevo",
    ],
}
CALLS = [(path, service) for service, paths in PUBLIC.items() for path in paths]


@pytest.mark.parametrize(("path", "service"), CALLS)
def test_every_public_call_goes_to_its_service(path: str, service: str) -> None:
    assert load_routes().owner(path) == service


@pytest.mark.parametrize(
    "path",
    ["/", "/internal/v1/patients/1", "/metrics", "/health/ready", "/api/v1", "/api/v1/casesque", "/api/v2/cases"],
)
def test_what_is_not_listed_belongs_to_nobody(path: str) -> None:
    assert load_routes().owner(path) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"services": {"a": {"paths": ["/internal/v1/x"]}}}, "must not be public"),
        ({"services": {"a": {"paths": ["/api/v1/x"]}, "b": {"paths": ["/api/v1/x"]}}}, "listed for a and b"),
        ({"larger_bodies": [{"path": "/api/v1/lost", "megabytes": 1}]}, "belongs to no service"),
        ({"services": {"a": {"paths": ["/api/`) || PathPrefix(`/"]}}}, "should match pattern"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Routes.model_validate(load_routes().model_dump() | change)


@given(st.integers(min_value=1, max_value=10**9), st.integers(min_value=0, max_value=10**10))
def test_greater_than_matches_exactly_the_larger_numbers(limit: int, number: int) -> None:
    assert bool(re.search(greater_than(limit), str(number))) == (number > limit)


@given(st.integers(min_value=1, max_value=10**9), st.integers(min_value=-2, max_value=2))
def test_greater_than_is_exact_around_the_limit(limit: int, distance: int) -> None:
    number = max(limit + distance, 0)
    assert bool(re.search(greater_than(limit), str(number))) == (number > limit)
