"""Logging in by password: who is let in, who waits, and what nobody is told."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import timedelta

import jwt
import pytest
from common.clock import now, travel
from common.contracts.enums import STAFF, LinkPurpose, Role
from common.testing import RunningService
from identity.sessions.domain import FREE_ATTEMPTS, MAX_SESSIONS, wait_after
from identity.testing import Account, People


async def _login(identity: RunningService, email: str, password: str) -> tuple[int, str | None]:
    answer = await identity.http.post("/api/v1/auth/login", json={"email": email, "password": password})
    return answer.status_code, answer.json().get("error", {}).get("code")


@pytest.mark.parametrize("role", [Role.PATIENT, Role.PRESCRIBER])
async def test_a_login_gives_tokens_whose_claims_are_the_accounts(people: People, role: Role) -> None:
    account = await people.of(role)
    tokens = await people.log_in(account)
    assert (tokens["tokenType"], tokens["expiresIn"]) == ("Bearer", 900)
    claims = jwt.decode(tokens["accessToken"], options={"verify_signature": False})
    assert claims["sub"] == str(account.user_id)
    assert (claims["email"], claims["role"]) == (account.email, role.value)
    assert claims["patientId"] == (str(account.profile_id) if role is Role.PATIENT else None)
    assert claims["prescriberId"] == (str(account.profile_id) if role is Role.PRESCRIBER else None)
    assert claims["exp"] - int(claims["iat"]) in {900, 901}
    assert {"jti", "sid", "permissions", "proxyFor", "iss", "aud", "staffId"} <= claims.keys()


async def test_addresses_compare_without_case(people: People) -> None:
    patient = await people.patient()
    await people.log_in(patient, email=patient.email.upper())


@pytest.mark.parametrize("role", sorted(STAFF))
async def test_staff_need_their_second_factor(identity: RunningService, people: People, role: Role) -> None:
    member = await people.staff(role)
    answer = await identity.http.post("/api/v1/auth/login", json={"email": member.email, "password": member.password})
    assert set(answer.json()) == {"mfaRequired", "mfaToken"}
    async with people.bearer(answer.json()["mfaToken"]) as client:
        assert (await client.get("/users/me")).status_code == 401
    tokens = await people.log_in(member)
    claims = jwt.decode(tokens["accessToken"], options={"verify_signature": False})
    assert claims["role"] == role.value
    assert claims["staffId"] is not None


async def test_a_wrong_password_and_an_unknown_address_hear_the_same(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    known = await _login(identity, patient.email, "wrong password")
    unknown = await _login(identity, "nobody@example.test", "wrong password")
    assert known == unknown == (401, "AUTH_INVALID_CREDENTIALS")
    entries = [event.data for event in await identity.recorded("audit.recorded")]
    failed = [entry for entry in entries if entry["action"] == "user.login-failed"]
    assert [entry["objectId"] == str(patient.user_id) for entry in failed] == [True, False]


@pytest.mark.parametrize("has_account", [True, False])
async def test_five_failures_lock_an_address_for_a_while_whether_it_has_an_account_or_not(
    identity: RunningService, people: People, has_account: bool
) -> None:
    email = (await people.patient()).email if has_account else "nobody@example.test"
    for _ in range(FREE_ATTEMPTS):
        assert await _login(identity, email, "wrong password") == (401, "AUTH_INVALID_CREDENTIALS")
    locked = await identity.http.post("/api/v1/auth/login", json={"email": email, "password": "wrong password"})
    assert (locked.status_code, locked.json()["error"]["code"]) == (429, "AUTH_TOO_MANY_ATTEMPTS")
    assert 0 < int(locked.headers["retry-after"]) <= 61


async def test_the_wait_grows_and_a_right_password_ends_it(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    for _ in range(FREE_ATTEMPTS):
        await _login(identity, patient.email, "wrong password")
    assert (await _login(identity, patient.email, patient.password))[0] == 429
    with travel(now() + timedelta(minutes=1)):
        assert (await _login(identity, patient.email, "wrong password"))[0] == 401
        locked = await identity.http.post(
            "/api/v1/auth/login", json={"email": patient.email, "password": patient.password}
        )
        assert int(locked.headers["retry-after"]) > 61
        with travel(now() + timedelta(minutes=2)):
            await people.log_in(patient)
            assert (await _login(identity, patient.email, "wrong password"))[0] == 401
            await people.log_in(patient)


def test_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    waits = [wait_after(failures) for failures in range(1, 12)]
    assert waits[:4] == [None] * 4
    assert [wait.total_seconds() / 60 for wait in waits[4:] if wait] == [1, 2, 4, 8, 15, 15, 15]


async def test_failures_at_the_same_time_all_count(identity: RunningService) -> None:
    await asyncio.gather(*(_login(identity, "nobody@example.test", "wrong password") for _ in range(FREE_ATTEMPTS)))
    assert (await _login(identity, "nobody@example.test", "wrong password"))[0] == 429


async def test_the_rate_limit_is_by_address_and_endpoint(
    run_identity: Callable[..., Awaitable[RunningService]],
) -> None:
    identity = await run_identity(rate_limit_auth="5/minute")
    answers = [await _login(identity, f"somebody-{number}@example.test", "wrong") for number in range(6)]
    assert [status for status, _ in answers] == [401] * 5 + [429]
    other = await identity.http.post("/api/v1/auth/password/forgot", json={"email": "a@example.test"})
    assert other.status_code == 202


async def test_a_fourth_session_ends_the_oldest(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    opened = [await people.log_in(patient) for _ in range(MAX_SESSIONS + 1)]
    statuses = []
    for tokens in opened:
        answer = await identity.http.post("/api/v1/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
        statuses.append(answer.status_code)
    assert statuses == [401, 200, 200, 200]


async def test_sessions_opened_at_once_are_three_at_most(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    await asyncio.gather(*(people.log_in(patient) for _ in range(6)))
    async with await people.client(patient) as client:
        assert len((await client.get("/auth/sessions")).json()["items"]) == MAX_SESSIONS


@pytest.mark.parametrize("password", ["x" * 100_000, "", "x" * 129], ids=["100 kB", "empty", "129 characters"])
async def test_a_password_of_an_impossible_length_is_refused_unhashed(identity: RunningService, password: str) -> None:
    assert await _login(identity, "a@example.test", password) == (400, "VAL_INVALID")


async def test_a_password_may_hold_anything_and_every_character_counts(
    identity: RunningService, people: People
) -> None:
    registered = await people.register()
    token = await people.link_token(registered.user_id, LinkPurpose.RESET_PASSWORD)
    password = "é" * 100 + "\0suffix"
    done = await identity.http.post("/api/v1/auth/password/reset", json={"token": token, "newPassword": password})
    assert done.status_code == 204
    assert (await _login(identity, registered.email, password))[0] == 200
    assert (await _login(identity, registered.email, password[:-1]))[0] == 401


async def _open(identity: RunningService, account: Account) -> list[str]:
    rows = await identity.resources.database.reads.fetch(
        "SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL", account.user_id
    )
    return [str(row["id"]) for row in rows]


async def test_logging_out_ends_this_session_alone(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    await people.log_in(patient)
    async with await people.client(patient) as client:
        held = (await client.get("/auth/sessions")).json()["items"]
        assert [one["current"] for one in held] == [True, False]
        assert (await client.post("/auth/logout")).status_code == 204
    assert await _open(identity, patient) == [held[1]["id"]]


async def test_one_ends_ones_own_sessions_and_no_others(identity: RunningService, people: People) -> None:
    patient, stranger = await people.patient(), await people.patient()
    await people.log_in(patient)
    [session_id] = await _open(identity, patient)
    async with await people.client(stranger) as client:
        assert (await client.delete(f"/auth/sessions/{session_id}")).status_code == 404
    async with await people.client(patient) as client:
        assert (await client.delete(f"/auth/sessions/{session_id}")).status_code == 204
        assert (await client.delete(f"/auth/sessions/{session_id}")).status_code == 204
    assert session_id not in await _open(identity, patient)
    ended = [event.data["sessionId"] for event in await identity.recorded("session.revoked")]
    assert ended == [session_id]


async def test_an_idempotency_key_leaves_no_token_behind(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    body = {"email": patient.email, "password": patient.password}
    first, second = [
        await identity.http.post("/api/v1/auth/login", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert first.headers["cache-control"] == "no-store"
    assert first.json()["refreshToken"] != second.json()["refreshToken"]
    assert await identity.resources.database.reads.fetchval("SELECT count(*) FROM idempotency_keys") == 0


async def test_a_thousand_logins_at_once_starve_nobody(identity: RunningService, people: People) -> None:
    """While all of them wait to be compared, they hold no connection, no thread and no turn that others need."""
    patient = await people.patient()
    tokens = await people.log_in(patient)
    opened = threading.Event()
    # Each comparison waits at the gate: those who are behind it are as many as can be.
    identity.resources.passwords._verify = lambda _password, _hashed: not opened.wait()
    crowd = [
        asyncio.create_task(_login(identity, f"nobody-{number % 100}@example.test", "x")) for number in range(1000)
    ]
    try:
        async with people.bearer(tokens["accessToken"]) as client:
            assert (await client.get("/users/me")).status_code == 200
            assert (await client.get("/auth/sessions")).status_code == 200
            renewed = await client.post("/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
            assert renewed.status_code == 200
        assert not any(login.done() for login in crowd)
    finally:
        opened.set()
    assert set(await asyncio.gather(*crowd[:100])) == {(401, "AUTH_INVALID_CREDENTIALS")}
    for login in crowd:
        login.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
