"""Browser sessions: the refresh token in a cookie, with a CSRF token beside it."""

from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
from common.contracts.enums import Role
from common.testing import RunningService
from identity.testing import Account, People

RunIdentity = Callable[..., Awaitable[RunningService]]


def _cookies(answer: httpx.Response) -> dict[str, Any]:
    found: SimpleCookie = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        found.load(header)
    return dict(found)


async def _log_in(identity: RunningService, account: Account) -> httpx.Response:
    body = {"email": account.email, "password": account.password, "useCookie": True}
    answer = await identity.http.post("/api/v1/auth/login", json=body)
    if answer.json().get("mfaRequired"):
        assert "set-cookie" not in answer.headers
        body = {"mfaToken": answer.json()["mfaToken"], "code": account.code(), "useCookie": True}
        answer = await identity.http.post("/api/v1/auth/mfa/verify", json=body)
    assert answer.status_code == 200, answer.text
    return answer


async def _refresh(identity: RunningService, cookie: str, csrf: str | None) -> httpx.Response:
    identity.http.cookies.clear()
    headers = {"Cookie": f"axtech_refresh={cookie}"} | ({"X-CSRF-Token": csrf} if csrf else {})
    return await identity.http.post("/api/v1/auth/refresh", headers=headers)


@pytest.mark.parametrize("role", [Role.PATIENT, Role.OPS])
async def test_the_refresh_token_is_out_of_reach_of_scripts(
    identity: RunningService, people: People, role: Role
) -> None:
    answer = await _log_in(identity, await people.of(role))
    assert "refreshToken" not in answer.json()
    held = _cookies(answer)
    refresh, csrf = held["axtech_refresh"], held["axtech_csrf"]
    assert (refresh["httponly"], refresh["samesite"], refresh["path"]) == (True, "strict", "/api/v1/auth")
    assert (csrf["httponly"], csrf["samesite"]) == ("", "strict")
    assert csrf.value == answer.json()["csrfToken"]


async def test_without_being_asked_for_there_are_no_cookies(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    body = {"email": patient.email, "password": patient.password}
    answer = await identity.http.post("/api/v1/auth/login", json=body)
    assert "set-cookie" not in answer.headers
    assert set(answer.json()) == {"accessToken", "refreshToken", "tokenType", "expiresIn"}


async def test_a_refresh_by_cookie_needs_the_csrf_token_of_that_session(
    identity: RunningService, people: People
) -> None:
    patient = await people.patient()
    answer, other = await _log_in(identity, patient), await _log_in(identity, patient)
    cookie = _cookies(answer)["axtech_refresh"].value
    for wrong in (None, "x", other.json()["csrfToken"]):
        refused = await _refresh(identity, cookie, wrong)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTHZ_CSRF")
    fresh = await _refresh(identity, cookie, answer.json()["csrfToken"])
    assert fresh.status_code == 200
    assert "refreshToken" not in fresh.json()
    assert _cookies(fresh)["axtech_refresh"].value != cookie
    reused = await _refresh(identity, cookie, answer.json()["csrfToken"])
    assert reused.json()["error"]["code"] == "AUTH_REFRESH_TOKEN_REUSED"


async def test_a_bad_cookie_and_no_token_at_all_are_refused(identity: RunningService) -> None:
    assert (await _refresh(identity, "garbage", "x")).status_code == 401
    nothing = await identity.http.post("/api/v1/auth/refresh")
    assert (nothing.status_code, nothing.json()["error"]["details"][0]["field"]) == (400, "refreshToken")


async def test_logging_out_has_the_browser_forget(identity: RunningService, people: People) -> None:
    answer = await _log_in(identity, await people.patient())
    async with people.bearer(answer.json()["accessToken"]) as client:
        left = await client.post("/auth/logout")
    held = _cookies(left)
    assert {held[name]["max-age"] for name in ("axtech_refresh", "axtech_csrf")} == {"0"}


async def test_behind_https_cookies_are_for_https_alone(run_identity: RunIdentity) -> None:
    identity = await run_identity(public_url="https://app.axtech.example")
    answer = await _log_in(identity, await People(identity).patient())
    assert all(cookie["secure"] is True for cookie in _cookies(answer).values())


async def test_other_origins_are_let_in_by_configuration_only(run_identity: RunIdentity) -> None:
    identity = await run_identity(cors_origins="https://app.axtech.example")
    asked = {"Access-Control-Request-Method": "POST"}
    allowed, refused = [
        await identity.http.options("/api/v1/auth/login", headers=asked | {"Origin": origin})
        for origin in ("https://app.axtech.example", "https://evil.example")
    ]
    assert allowed.headers["access-control-allow-origin"] == "https://app.axtech.example"
    assert allowed.headers["access-control-allow-credentials"] == "true"
    assert "access-control-allow-origin" not in refused.headers
