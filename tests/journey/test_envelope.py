"""Every failure, the gateway's own included, answers the specification's envelope."""

from typing import Any

import httpx
import pytest

UNKNOWN = "01890000-0000-7000-8000-000000000000"
PREFIXES = ("AUTH_", "AUTHZ_", "VAL_", "BIZ_", "DOC_", "CLAIM_", "INT_", "SYS_")

pytestmark = pytest.mark.usefixtures("quiet")

PATHS = [
    ("GET", "/api/v1/users/me", 401),
    ("GET", f"/api/v1/patients/{UNKNOWN}", 401),
    ("GET", "/api/v1/cases", 401),
    ("GET", f"/api/v1/cases/{UNKNOWN}", 401),
    ("GET", f"/api/v1/quotes/{UNKNOWN}", 401),
    ("GET", f"/api/v1/documents/{UNKNOWN}", 401),
    ("GET", f"/api/v1/claims/{UNKNOWN}", 401),
    ("GET", f"/api/v1/devices/{UNKNOWN}", 401),
    ("GET", f"/api/v1/tickets/{UNKNOWN}", 401),
    ("GET", "/api/v1/notifications", 401),
    ("GET", "/api/v1/nothing-here", 404),
    ("GET", "/internal/v1/users/1", 404),
    ("GET", "/metrics", 404),
    ("DELETE", "/api/v1/auth/login", 405),
]


def checked(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "requestId", "timestamp"}
    assert error["code"].startswith(PREFIXES)
    assert error["requestId"] == answer.headers["x-request-id"]
    assert error["timestamp"].endswith("Z")
    return error


@pytest.mark.parametrize(("method", "path", "status"), PATHS)
async def test_a_call_without_token_or_to_nowhere(platform: Any, method: str, path: str, status: int) -> None:
    async with httpx.AsyncClient(base_url=platform.gateway, trust_env=False) as web:
        checked(await web.request(method, path), status)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff\xfe", b'{"email": 1}', b'{"email": "a@b.fr", "x": 1}'])
async def test_a_malformed_body_is_400(platform: Any, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=platform.gateway, trust_env=False) as web:
        answer = await web.post("/api/v1/auth/login", content=body, headers={"Content-Type": "application/json"})
    assert checked(answer, 400)["code"].startswith("VAL_")


async def test_a_bad_token_is_401_in_every_service(platform: Any) -> None:
    async with httpx.AsyncClient(
        base_url=platform.gateway, trust_env=False, headers={"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
    ) as web:
        for path in ("/users/me", "/cases", "/documents", "/claims", "/devices", "/notifications"):
            assert checked(await web.get(f"/api/v1{path}"), 401)["code"].startswith("AUTH_")


async def test_the_documents_of_every_service_are_public(platform: Any) -> None:
    async with httpx.AsyncClient(base_url=platform.gateway, trust_env=False) as web:
        for service in ("identity", "cases", "billing", "devices", "notifications", "documents"):
            assert (await web.get(f"/openapi/{service}.json")).json()["openapi"].startswith("3.")
            assert (await web.get(f"/asyncapi/{service}.json")).json()["asyncapi"].startswith("3.")
