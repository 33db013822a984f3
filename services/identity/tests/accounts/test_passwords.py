"""Forgotten, reset and changed passwords."""

import pytest
from common.clock import now, travel
from common.contracts.enums import LinkPurpose
from common.testing import RunningService
from identity.accounts.domain import LINK_LIFETIME
from identity.testing import Account, People

NEW = "un tout autre mot de passe"


async def _login_status(identity: RunningService, account: Account, password: str) -> int:
    answer = await identity.http.post("/api/v1/auth/login", json={"email": account.email, "password": password})
    return answer.status_code


async def test_a_forgotten_password_is_set_anew_by_mail_and_sessions_end(
    identity: RunningService, people: People
) -> None:
    patient = await people.patient()
    tokens = await people.log_in(patient)
    asked = await identity.http.post("/api/v1/auth/password/forgot", json={"email": patient.email})
    assert (asked.status_code, asked.content) == (202, b"")
    [_, requested] = await identity.recorded("user.link-requested")
    assert requested.data == {"userId": str(patient.user_id), "purpose": "RESET_PASSWORD"}
    token = await people.link_token(patient.user_id, LinkPurpose.RESET_PASSWORD)
    done = await identity.http.post("/api/v1/auth/password/reset", json={"token": token, "newPassword": NEW})
    assert done.status_code == 204
    assert await _login_status(identity, patient, patient.password) == 401
    assert await _login_status(identity, patient, NEW) == 200
    refused = await identity.http.post("/api/v1/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AUTH_SESSION_REVOKED")


async def test_nobody_is_told_whether_an_address_has_an_account(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    known = await identity.http.post("/api/v1/auth/password/forgot", json={"email": patient.email})
    unknown = await identity.http.post("/api/v1/auth/password/forgot", json={"email": "nobody@example.test"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert len(await identity.recorded("user.link-requested")) == 2  # the registration's and one more


async def test_a_reset_link_works_once_and_for_an_hour(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    first, second = [await people.link_token(patient.user_id, LinkPurpose.RESET_PASSWORD) for _ in range(2)]
    with travel(now() + LINK_LIFETIME[LinkPurpose.RESET_PASSWORD]):
        late = await identity.http.post("/api/v1/auth/password/reset", json={"token": first, "newPassword": NEW})
    assert late.status_code == 400
    used = await identity.http.post("/api/v1/auth/password/reset", json={"token": first, "newPassword": NEW})
    assert used.status_code == 204
    for token in (first, second):
        again = await identity.http.post("/api/v1/auth/password/reset", json={"token": token, "newPassword": NEW})
        assert (again.status_code, again.json()["error"]["code"]) == (400, "AUTH_LINK_INVALID")


async def test_resetting_also_verifies_the_address(identity: RunningService, people: People) -> None:
    registered = await people.register()
    token = await people.link_token(registered.user_id, LinkPurpose.RESET_PASSWORD)
    await identity.http.post("/api/v1/auth/password/reset", json={"token": token, "newPassword": NEW})
    assert await _login_status(identity, registered, NEW) == 200


async def test_changing_a_password_ends_every_session(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    elsewhere = await people.log_in(patient)
    async with await people.client(patient) as client:
        done = await client.post(
            "/auth/password/change", json={"currentPassword": patient.password, "newPassword": NEW}
        )
    assert done.status_code == 204
    refused = await identity.http.post("/api/v1/auth/refresh", json={"refreshToken": elsewhere["refreshToken"]})
    assert refused.status_code == 401
    assert len(await identity.recorded("session.revoked")) == 2
    assert await _login_status(identity, patient, NEW) == 200


async def test_a_wrong_current_password_changes_nothing_and_counts(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with await people.client(patient) as client:
        for _ in range(5):
            refused = await client.post("/auth/password/change", json={"currentPassword": "wrong", "newPassword": NEW})
            assert (refused.status_code, refused.json()["error"]["code"]) == (400, "AUTH_WRONG_PASSWORD")
        locked = await client.post(
            "/auth/password/change", json={"currentPassword": patient.password, "newPassword": NEW}
        )
    assert (locked.status_code, locked.json()["error"]["code"]) == (429, "AUTH_TOO_MANY_ATTEMPTS")
    with travel(now() + LINK_LIFETIME[LinkPurpose.RESET_PASSWORD]):
        assert await _login_status(identity, patient, patient.password) == 200


@pytest.mark.parametrize("path", ["/auth/password/change", "/auth/phone/request", "/auth/sessions", "/users/me"])
async def test_nothing_of_ones_own_without_a_token(identity: RunningService, path: str) -> None:
    method = "GET" if path in {"/auth/sessions", "/users/me"} else "POST"
    body = {"currentPassword": "x", "newPassword": NEW} if "password" in path else None
    refused = await identity.http.request(method, f"/api/v1{path}", json=body)
    assert refused.status_code == 401
