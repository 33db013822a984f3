"""Who may do what: the cells `claim:read` and `claim:submit` of the matrix, on every endpoint."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor
from common.testing.plugin import RunService

ANY = new_id()
CLAIM = f"/claims/{ANY}"
READS = [
    "/claims",
    CLAIM,
    f"{CLAIM}/returns",
    f"{CLAIM}/payments",
]
FILES = ["/returns", f"/returns/{ANY}"]
"""A file of returns names many patients' invoices, parked ones too: who bills reads it, others read their claim's."""
WRITES: list[tuple[str, Any]] = [
    (f"{CLAIM}/submit", None),
    (f"{CLAIM}/resubmit", None),
    (f"{CLAIM}/cancel", {"reason": "doublon"}),
    (f"{CLAIM}/result", {"status": "ACCEPTED"}),
    (f"{CLAIM}/sync", None),
    (f"/returns/{ANY}/entries/{ANY}/match", {"claimId": str(ANY)}),
]
READERS = {Role.OPS, Role.BILLING, Role.COMPLIANCE_ADMIN}


@pytest_asyncio.fixture
async def api(run_service: RunService) -> AsyncIterator[RunningService]:
    yield await run_service("billing")


async def test_claims_and_returns_are_read_and_changed_as_the_matrix_says(api: RunningService) -> None:
    for role in Role:
        await does_what_it_may(api, role)


async def does_what_it_may(api: RunningService, role: Role) -> None:
    """Someone of a role tries everything."""
    async with api.client(actor(role)) as somebody:
        for path in READS:
            status = (await somebody.get(path)).status_code
            assert status == (403 if role not in READERS else 404 if str(ANY) in path else 200), path
        for path in FILES:
            status = (await somebody.get(path)).status_code
            assert status == (403 if role is not Role.BILLING else 404 if str(ANY) in path else 200), path
        for path, body in WRITES:
            status = (await somebody.post(path, json=body)).status_code
            assert status == (404 if role is Role.BILLING else 403), path
        document = {"documentId": str(ANY), "documentRole": "OTHER"}
        if role is not Role.BILLING:
            assert (await somebody.post(f"{CLAIM}/documents", json=document)).status_code == 403
            sent = await somebody.post("/returns", files={"file": ("r", b"000")}, data={"returnType": "NOEMIE"})
            assert sent.status_code == 403


async def test_without_a_token_nothing_is_served(api: RunningService) -> None:
    for path in READS + FILES:
        assert (await api.http.get(f"/api/v1{path}")).status_code == 401


async def test_a_proxy_stands_for_a_patient_and_sees_no_claim(api: RunningService) -> None:
    async with api.client(actor(Role.PATIENT, proxy_for=frozenset({new_id()}))) as somebody:
        assert (await somebody.get("/claims")).status_code == 403


async def test_a_malformed_question_is_refused(api: RunningService) -> None:
    async with api.client(actor(Role.BILLING)) as biller:
        for path, field in (
            ("/claims?status=GONE", "status"),
            ("/claims?limit=201", "limit"),
            ("/claims?cursor=x", "cursor"),
            ("/claims/1", "claim_id"),
        ):
            refused = await biller.get(path)
            assert refused.status_code == 400
            assert refused.json()["error"]["code"].startswith("VAL_")
            assert field in str(refused.json()["error"]["details"])
