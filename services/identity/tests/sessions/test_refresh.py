"""Exchanging refresh tokens, and what happens to stolen ones."""

import asyncio
from datetime import timedelta

import httpx
import jwt
from common.clock import now, travel
from common.testing import RunningService
from identity.testing import People


async def _refresh(identity: RunningService, token: str) -> httpx.Response:
    return await identity.http.post("/api/v1/auth/refresh", json={"refreshToken": token})


async def test_a_refresh_token_is_exchanged_for_a_new_pair_of_the_same_session(
    identity: RunningService, people: People
) -> None:
    tokens = await people.log_in(await people.patient())
    answer = await _refresh(identity, tokens["refreshToken"])
    fresh = answer.json()
    assert fresh["refreshToken"] != tokens["refreshToken"]
    before, after = (jwt.decode(pair["accessToken"], options={"verify_signature": False}) for pair in (tokens, fresh))
    assert before["sid"] == after["sid"]
    assert before["jti"] != after["jti"]
    async with people.bearer(fresh["accessToken"]) as client:
        assert (await client.get("/users/me")).status_code == 200


async def test_a_token_used_twice_ends_its_session_for_both(identity: RunningService, people: People) -> None:
    tokens = await people.log_in(await people.patient())
    fresh = (await _refresh(identity, tokens["refreshToken"])).json()
    reused = await _refresh(identity, tokens["refreshToken"])
    assert (reused.status_code, reused.json()["error"]["code"]) == (401, "AUTH_REFRESH_TOKEN_REUSED")
    thief = await _refresh(identity, fresh["refreshToken"])
    assert (thief.status_code, thief.json()["error"]["code"]) == (401, "AUTH_SESSION_REVOKED")
    assert len(await identity.recorded("session.revoked")) == 1


async def test_of_two_uses_at_once_one_wins_and_the_session_ends(identity: RunningService, people: People) -> None:
    tokens = await people.log_in(await people.patient())
    answers = await asyncio.gather(*(_refresh(identity, tokens["refreshToken"]) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await _refresh(identity, winner["refreshToken"])).status_code == 401


async def test_each_use_prolongs_a_session_by_a_week_and_no_use_ends_it(
    identity: RunningService, people: People
) -> None:
    with travel(now() - timedelta(days=6)):
        kept = await people.log_in(await people.patient())
    assert (await _refresh(identity, kept["refreshToken"])).status_code == 200
    with travel(now() - timedelta(days=7, seconds=1)):
        lost = await people.log_in(await people.patient())
    assert (await _refresh(identity, lost["refreshToken"])).status_code == 401


async def test_other_tokens_do_not_pass_for_refresh_tokens(identity: RunningService, people: People) -> None:
    tokens = await people.log_in(await people.patient())
    own = jwt.decode(tokens["refreshToken"], options={"verify_signature": False})
    forged = [
        tokens["accessToken"],
        jwt.encode(own, "another secret of thirty-two bytes or more", algorithm="HS256"),
        jwt.encode(own, "", algorithm="none"),
        jwt.encode(own | {"aud": "axtech-second-factor"}, "r" * 32, algorithm="HS256"),
        jwt.encode(own | {"iss": "somebody-else"}, "r" * 32, algorithm="HS256"),
    ]
    for token in forged:
        refused = await _refresh(identity, token)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AUTH_REFRESH_TOKEN_INVALID")
    assert (await _refresh(identity, tokens["refreshToken"])).status_code == 200
