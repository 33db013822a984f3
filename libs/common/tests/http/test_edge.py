"""What every endpoint does the same way, tried on one: envelope, tokens, request ids, limits, idempotency keys."""

import asyncio
import base64
import json
import time
from typing import Any

import httpx
import jwt
import pytest
import pytest_asyncio
from common.auth.tokens import claims_of
from common.contracts.enums import Role
from common.http import EdgeRoute
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor, new_key
from common.testing.plugin import RunService, Servers
from fastapi import APIRouter, Depends

PATH = "/api/v1/product-families"
FAMILY = {"name": "FMP", "category": "MANUAL_WHEELCHAIR"}


@pytest_asyncio.fixture
async def cases(run_service: RunService) -> RunningService:
    return await run_service("cases")


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """The envelope's inside, with its shape checked."""
    body = answer.json()
    assert list(body) == ["error"]
    error: dict[str, Any] = body["error"]
    assert set(error) == {"code", "message", "details", "requestId", "timestamp"}
    assert error["requestId"] == answer.headers["x-request-id"]
    return error


async def test_an_unknown_path_answers_the_envelope(cases: RunningService) -> None:
    answer = await cases.http.get("/api/v1/nothing-here")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "SYS_ROUTE_NOT_FOUND")


async def test_a_wrong_method_answers_the_envelope(cases: RunningService) -> None:
    answer = await cases.http.delete(PATH)
    assert (answer.status_code, error_of(answer)["code"]) == (405, "SYS_METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"name": }', b""])
async def test_malformed_json_is_a_400(cases: RunningService, body: bytes) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        answer = await ops.post("/product-families", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert error_of(answer)["code"].startswith("VAL_")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"7"])
async def test_json_of_another_shape_is_a_400(cases: RunningService, body: bytes) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        answer = await ops.post("/product-families", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, error_of(answer)["code"]) == (400, "VAL_INVALID")


async def test_a_body_over_the_limit_is_a_413_whether_its_length_was_declared_or_not(cases: RunningService) -> None:
    big = b"x" * (1024 * 1024 + 1)

    async def chunks() -> Any:
        yield big

    async with cases.client(actor(Role.OPS)) as ops:
        declared = await ops.post("/product-families", content=big)
        chunked = await ops.post("/product-families", content=chunks())
    assert (declared.status_code, error_of(declared)["code"]) == (413, "VAL_BODY_TOO_LARGE")
    assert (chunked.status_code, error_of(chunked)["code"]) == (413, "VAL_BODY_TOO_LARGE")


async def test_the_callers_request_id_comes_back_and_is_in_the_events(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        answer = await ops.post("/product-families", json=FAMILY, headers={"X-Request-Id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"
    [entry] = await cases.recorded()
    assert entry.requestid == "mine-1"


async def test_a_harmful_request_id_is_replaced(cases: RunningService) -> None:
    answer = await cases.http.get(PATH, headers={"X-Request-Id": "a b\tc{}"})
    assert answer.headers["x-request-id"].startswith("req_")


def _bad_tokens(cases: RunningService) -> dict[str, str]:
    ops = actor(Role.OPS)
    now = int(time.time())
    claims = {
        **claims_of(ops),
        "iss": "axtech-identity",
        "aud": "axtech-api",
        "iat": now,
        "exp": now + 900,
        "jti": str(new_id()),
    }
    nothing = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "test"}).encode()).decode().rstrip("=")
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    public = json.loads(cases.keys.service_jwks)["keys"][0]["x"]
    good = cases.keys.token(ops)
    return {
        "no token": "Bearer ",
        "garbage": "Bearer garbage",
        "another scheme": f"Basic {good}",
        "alg none": f"Bearer {nothing}.{payload}.",
        "another key": "Bearer " + jwt.encode(claims, new_key(), algorithm="EdDSA", headers={"kid": "test"}),
        "unknown key id": "Bearer " + jwt.encode(claims, cases.keys.identity, algorithm="EdDSA", headers={"kid": "?"}),
        "a MAC with the public key": "Bearer "
        + jwt.encode(claims, public * 2, algorithm="HS256", headers={"kid": "test"}),
        "expired": f"Bearer {cases.keys.token(ops, exp=now - 60)}",
        "another issuer": f"Bearer {cases.keys.token(ops, iss='somebody')}",
        "another audience": f"Bearer {cases.keys.token(ops, aud='axtech-mfa')}",
        "not yet": f"Bearer {cases.keys.token(ops, nbf=now + 600)}",
        "an unknown role": f"Bearer {cases.keys.token(ops, role='KING')}",
        "no session": f"Bearer {cases.keys.token(ops, sid='')}",
        "tampered with": f"Bearer {good[:-4]}AAAA",
        "a service token": f"Bearer {cases.keys.service_token('billing', 'cases')}",
    }


async def test_no_bad_token_is_let_in(cases: RunningService) -> None:
    let_in = []
    for name, header in _bad_tokens(cases).items():
        answer = await cases.http.get(PATH, headers={"Authorization": header})
        if answer.status_code != 401 or not error_of(answer)["code"].startswith("AUTH_"):
            let_in.append((name, answer.status_code))
    assert let_in == []


async def test_a_user_token_opens_no_internal_endpoint(cases: RunningService) -> None:
    header = {"Authorization": f"Bearer {cases.keys.token(actor(Role.COMPLIANCE_ADMIN))}"}
    answer = await cases.http.get(f"/internal/v1/cases/{new_id()}", headers=header)
    assert answer.status_code == 401


async def test_a_token_for_another_service_opens_no_internal_endpoint(cases: RunningService) -> None:
    header = {"Authorization": f"Bearer {cases.keys.service_token('billing', 'documents')}"}
    answer = await cases.http.get(f"/internal/v1/cases/{new_id()}", headers=header)
    assert answer.status_code == 401


async def test_a_revoked_session_and_an_outdated_token_are_refused(cases: RunningService) -> None:
    ops = actor(Role.OPS)
    async with cases.client(ops) as client:
        assert (await client.get("/product-families")).status_code == 200
        cases.resources.revocations.apply(f"user.{ops.user_id}", str(time.time() + 5).encode())
        outdated = await client.get("/product-families")
        cases.resources.revocations.apply(f"session.{ops.session_id}", b"1")
        revoked = await client.get("/product-families")
    assert (outdated.status_code, error_of(outdated)["code"]) == (401, "AUTH_TOKEN_OUTDATED")
    assert (revoked.status_code, error_of(revoked)["code"]) == (401, "AUTH_SESSION_REVOKED")


async def test_the_same_key_and_body_have_one_effect_and_one_answer(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        headers = {"Idempotency-Key": "key-1"}
        first = await ops.post("/product-families", json=FAMILY, headers=headers)
        again = await ops.post("/product-families", json=FAMILY, headers=headers)
        listed = (await ops.get("/product-families")).json()["items"]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert len(listed) == 1


async def test_the_same_key_with_another_body_is_a_conflict(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        headers = {"Idempotency-Key": "key-1"}
        await ops.post("/product-families", json=FAMILY, headers=headers)
        other = await ops.post("/product-families", json={**FAMILY, "name": "FRM"}, headers=headers)
    assert other.status_code == 409
    assert error_of(other)["code"] == "VAL_IDEMPOTENCY_KEY_REUSED"


async def test_a_key_belongs_to_its_user(cases: RunningService) -> None:
    headers = {"Idempotency-Key": "key-1"}
    async with cases.client(actor(Role.OPS)) as one, cases.client(actor(Role.OPS)) as another:
        await one.post("/product-families", json=FAMILY, headers=headers)
        other = await another.post("/product-families", json={**FAMILY, "name": "FRM"}, headers=headers)
    assert other.status_code == 201


async def test_ten_calls_at_once_with_one_key_have_one_effect(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        calls = [ops.post("/product-families", json=FAMILY, headers={"Idempotency-Key": "key-1"}) for _ in range(10)]
        answers = await asyncio.gather(*calls)
        listed = (await ops.get("/product-families")).json()["items"]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {answer.json()["id"] for answer in answers if answer.status_code == 201} == {listed[0]["id"]}
    assert len(listed) == 1
    assert len(await cases.recorded("audit.recorded")) == 1


async def test_a_failed_answer_is_not_kept(cases: RunningService) -> None:
    async with cases.client(actor(Role.OPS)) as ops:
        headers = {"Idempotency-Key": "key-1"}
        refused = await ops.post("/product-families", json={**FAMILY, "category": "SPACESHIP"}, headers=headers)
        accepted = await ops.post("/product-families", json=FAMILY, headers=headers)
    assert (refused.status_code, accepted.status_code) == (400, 201)


@pytest.mark.parametrize("shared", [True, False], ids=["in Valkey", "in memory"])
async def test_one_call_too_many_is_refused_and_told_when_to_come_back(
    run_service: RunService, servers: Servers, shared: bool
) -> None:
    cases = await run_service("cases", rate_limit_general="3/minute", redis_url=servers.valkey if shared else None)
    async with cases.client(actor(Role.OPS)) as ops, cases.client(actor(Role.OPS)) as another:
        answers = [await ops.get("/product-families") for _ in range(4)]
        unaffected = await another.get("/product-families")
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-limit"] == "3"
    assert answers[0].headers["ratelimit-remaining"] == "2"
    assert int(answers[3].headers["retry-after"]) > 0
    assert error_of(answers[3])["code"] == "SYS_RATE_LIMITED"
    assert unaffected.status_code == 200


@pytest.mark.parametrize("shared", [True, False], ids=["in Valkey", "in memory"])
async def test_of_many_calls_at_once_just_as_many_as_the_limit_pass(
    run_service: RunService, servers: Servers, shared: bool
) -> None:
    cases = await run_service("cases", rate_limit_general="50/minute", redis_url=servers.valkey if shared else None)
    async with cases.client(actor(Role.OPS)) as ops:
        answers = await asyncio.gather(*(ops.get("/product-families") for _ in range(70)))
    assert sorted(answer.status_code for answer in answers) == [200] * 50 + [429] * 20
    passed = sorted(int(a.headers["ratelimit-remaining"]) for a in answers if a.status_code == 200)
    assert passed == list(range(50))


async def test_a_rate_limit_store_that_is_away_lets_calls_through(run_service: RunService) -> None:
    cases = await run_service("cases", rate_limit_general="1/minute", redis_url="valkey://127.0.0.1:9")
    async with cases.client(actor(Role.OPS)) as ops:
        answers = [await ops.get("/product-families") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]


async def test_liveness_readiness_and_metrics(cases: RunningService) -> None:
    live = await cases.http.get("/health/live")
    ready = await cases.http.get("/health/ready")
    await cases.http.get(PATH)
    metrics = await cases.http.get("/metrics")
    assert live.status_code == 200
    assert ready.status_code == 503  # this test's service has no broker to connect to
    assert ready.json()["checks"]["database"] is True
    assert 'http_requests_total{method="GET",path="/api/v1/product-families",status="401"}' in metrics.text


async def test_a_refused_call_is_put_on_record(cases: RunningService) -> None:
    patient = actor(Role.PATIENT)
    async with cases.client(patient) as client:
        refused = await client.post("/product-families", json=FAMILY)
    assert refused.status_code == 403
    [entry] = await cases.recorded("audit.recorded")
    assert (entry.data["action"], entry.data["actorId"]) == ("access.denied", str(patient.user_id))
    assert entry.data["changes"]["endpoint"]["after"] == f"POST {PATH}"


def test_an_endpoint_or_dependency_that_would_take_a_thread_is_refused() -> None:
    router = APIRouter(route_class=EdgeRoute)

    async def in_the_loop() -> None: ...
    def in_a_thread() -> None: ...

    router.add_api_route("/well", in_the_loop)
    with pytest.raises(TypeError, match="in_a_thread must be"):
        router.add_api_route("/endpoint", in_a_thread)
    with pytest.raises(TypeError, match="in_a_thread must be"):
        router.add_api_route("/dependency", in_the_loop, dependencies=[Depends(in_a_thread)])
