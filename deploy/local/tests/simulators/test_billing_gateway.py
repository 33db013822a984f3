import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from axtech.simulators.billing_gateway import create_app
from billing.noemie import State, read_return
from common.clock import now, travel
from fastapi import FastAPI

from .contract import INFIMAX

KEY = {"X-Api-Key": "key"}
DOCUMENT = {
    "role": "PRESCRIPTION",
    "contentType": "application/pdf",
    "content": base64.b64encode(b"%PDF-1.7 ordonnance").decode(),
}


def claim_package(reference: str = "CL-2026-000001-1", invoice: str = "000000001", **changes: Any) -> dict[str, Any]:
    return {
        "reference": reference,
        "invoiceNumber": invoice,
        "patient": {
            "nir": "269054958815780",
            "firstName": "Nathalie",
            "lastName": "Durand",
            "dateOfBirth": "1969-05-12",
            "address": {"city": "Lyon"},
        },
        "prescriber": {"rppsNumber": "10003456789", "name": "Dr Martin"},
        "prescription": {"date": "2026-11-02", "documentRef": "0198c0de"},
        "items": [
            {"lpprCode": "4222803", "quantity": 1, "unitPrice": "631.17"},
            {"lpprCode": "4222804", "quantity": 2, "unitPrice": "10.05"},
        ],
        "attachedDocuments": [DOCUMENT],
    } | changes


def client_of(app: FastAPI, *, checked: bool = True) -> httpx.AsyncClient:
    hooks = {"response": [INFIMAX.check]} if checked else {}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://gateway", headers=KEY, event_hooks=hooks
    )


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(tmp_path, api_key="key", accept_after=3)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Every answer it gets is held against the contract."""
    async with client_of(app) as made:
        yield made
    app.state.store.database.close()


@pytest.fixture
async def raw(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """For answers that break the contract on purpose."""
    async with client_of(app, checked=False) as made:
        yield made


async def submit(client: httpx.AsyncClient, *args: str, **changes: Any) -> str:
    answer = await client.post("/v1/claims", json=claim_package(*args, **changes))
    assert answer.status_code == 201
    return str(answer.json()["gatewayRef"])


async def fault(client: httpx.AsyncClient, kind: str, **values: Any) -> None:
    assert (await client.post("/control/faults", json={"kind": kind, **values})).status_code == 201


async def received(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/control/received")).json()
    return found


def test_every_operation_of_the_contract_is_served(app: FastAPI) -> None:
    assert INFIMAX.is_served_by(app)


def test_the_package_these_tests_submit_is_the_contracts() -> None:
    INFIMAX.validate(INFIMAX.resolved({"$ref": "#/components/schemas/ClaimSubmission"}), claim_package())


async def test_a_claim_is_submitted_then_pending_then_accepted_by_itself(client: httpx.AsyncClient) -> None:
    ref = await submit(client)
    seen = []
    for seconds in (0, 2, 4):
        with travel(now() + timedelta(seconds=seconds)):
            seen.append((await client.get(f"/v1/claims/{ref}")).json())
    assert [each["status"] for each in seen] == ["SUBMITTED", "PENDING", "ACCEPTED"]
    assert seen[0]["amount"] == "651.27"
    assert seen[2]["rejection"] is None


async def test_the_same_reference_again_answers_200_with_the_first_ref(client: httpx.AsyncClient) -> None:
    ref = await submit(client)
    again = await client.post("/v1/claims", json=claim_package())
    assert (again.status_code, again.json()["gatewayRef"]) == (200, ref)
    found = await received(client)
    assert len(found["claims"]) == 1
    assert [each["answer"] for each in found["submissions"]] == [201, 200]
    assert found["doubledReferences"] == []


async def test_ten_submissions_at_once_make_one_claim(client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post("/v1/claims", json=claim_package()) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["gatewayRef"] for answer in answers}) == 1


async def test_a_reference_reused_for_another_claim_is_refused(client: httpx.AsyncClient) -> None:
    await submit(client)
    answer = await client.post("/v1/claims", json=claim_package(invoice="000000002"))
    assert answer.status_code == 409


async def test_a_claim_is_found_by_its_reference(client: httpx.AsyncClient) -> None:
    ref = await submit(client)
    found = (await client.get("/v1/claims", params={"reference": "CL-2026-000001-1"})).json()["items"]
    assert [each["gatewayRef"] for each in found] == [ref]
    assert (await client.get("/v1/claims", params={"reference": "unknown"})).json() == {"items": []}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"invoiceNumber": "12"}, "body.invoiceNumber"),
        ({"items": []}, "body.items"),
        ({"items": [{"lpprCode": "1", "quantity": 1, "unitPrice": 3.5}]}, "body.items.0.unitPrice"),
        ({"patient": {}}, "body.patient.nir"),
        ({"attachedDocuments": [DOCUMENT | {"content": "é"}]}, "body.attachedDocuments.0.content"),
        ({"unheardOf": 1}, "body.unheardOf"),
    ],
)
async def test_a_package_that_breaks_the_contract_is_422_with_its_path(
    client: httpx.AsyncClient, changes: dict[str, Any], path: str
) -> None:
    answer = await client.post("/v1/claims", json=claim_package() | changes)
    assert answer.status_code == 422
    assert path in [each["path"] for each in answer.json()["details"]]
    assert (await received(client))["submissions"] == []


async def test_a_body_that_is_no_json_a_wrong_key_and_an_unknown_claim_are_told_apart(
    client: httpx.AsyncClient,
) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await client.post("/v1/claims", content=b"{", headers=headers)).status_code == 400
    assert (await client.get("/v1/returns", headers={"X-Api-Key": "other"})).status_code == 401
    for path in ("/v1/claims/none", "/v1/claims/none/payments", "/v1/returns/none"):
        assert (await client.get(path)).status_code == 404
    assert (await client.get("/v1/returns", params={"after": "none"})).status_code == 422


async def test_documents_are_attached_once_each(client: httpx.AsyncClient) -> None:
    ref = await submit(client)
    added = DOCUMENT | {"role": "QUOTE"}
    for _ in range(2):
        answer = await client.post(f"/v1/claims/{ref}/documents", json={"documents": [DOCUMENT, added]})
        assert answer.status_code == 201
        assert [each["role"] for each in answer.json()["documents"]] == ["PRESCRIPTION", "QUOTE"]
    documents = (await received(client))["documents"]
    assert [(each["role"], each["sizeBytes"]) for each in documents] == [("PRESCRIPTION", 19), ("QUOTE", 19)]
    assert documents[0]["sha256"] == hashlib.sha256(b"%PDF-1.7 ordonnance").hexdigest()


async def test_a_forced_rejection_gives_code_and_reason(client: httpx.AsyncClient) -> None:
    ref = await submit(client)
    request = {"status": "REJECTED", "code": "0454", "reason": "Droits périmés"}
    await client.post(f"/control/claims/{ref}/outcome", json=request)
    found = (await client.get(f"/v1/claims/{ref}")).json()
    assert found["status"] == "REJECTED"
    assert found["rejection"] == {"code": "0454", "reason": "Droits périmés"}


async def test_a_return_file_is_made_on_demand_and_read_by_billing(client: httpx.AsyncClient) -> None:
    refs = [await submit(client, f"CL-{number}-1", f"{number:09d}") for number in (1, 2, 3)]
    with travel(now() + timedelta(seconds=4)):
        request = {
            "claims": [
                {"gatewayRef": refs[0], "amcAmount": "5.00"},
                {"reference": "CL-2-1", "outcome": "PARTIAL"},
                {"invoiceNumber": "000000003", "outcome": "REJECTED", "code": "0009-816", "reason": "Pièce absente"},
                {"invoiceNumber": "999999999", "amount": "-12.00"},
            ],
            "lineEnds": True,
        }
        made = (await client.post("/control/returns", json=request)).json()
        listed = (await client.get("/v1/returns")).json()
        assert listed == {"items": [made], "nextAfter": None}
        content = (await client.get(f"/v1/returns/{made['id']}")).content
        statuses = [(await client.get(f"/v1/claims/{ref}")).json()["status"] for ref in refs]
        payments = (await client.get(f"/v1/claims/{refs[0]}/payments")).json()
    assert hashlib.sha256(content).hexdigest() == made["sha256"]
    invoices = list(read_return(content).invoices)
    assert [(each.number, each.state, each.amo_paid, each.amc_paid) for each in invoices] == [
        ("000000001", State.PAID, Decimal("651.27"), Decimal("5.00")),
        ("000000002", State.PAID, Decimal("325.63"), Decimal("0.00")),
        ("000000003", State.REJECTED, Decimal("0.00"), Decimal("0.00")),
        ("999999999", State.PAID, Decimal("-12.00"), Decimal("0.00")),
    ]
    assert [(act.quantity, act.unit_price) for act in invoices[0].acts] == [
        (1, Decimal("631.17")),
        (2, Decimal("10.05")),
    ]
    assert [(each.code, each.label) for each in invoices[2].denials] == [("0009-816", "Pièce absente")]
    assert statuses == ["ACCEPTED", "ACCEPTED", "REJECTED"]
    assert payments["totalPaid"] == "656.27"
    assert [each["payer"] for each in payments["payments"]] == ["AMO", "AMC"]


async def test_returns_are_listed_page_by_page(client: httpx.AsyncClient) -> None:
    request = {"claims": [{"invoiceNumber": "000000009", "amount": "1.00"}]}
    made = [(await client.post("/control/returns", json=request)).json()["id"] for _ in range(3)]
    first = (await client.get("/v1/returns", params={"limit": 2})).json()
    rest = (await client.get("/v1/returns", params={"limit": 2, "after": first["nextAfter"]})).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == made
    assert rest["nextAfter"] is None


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        ({"reference": "CL-2026-000001-1"}, 409),
        ({"reference": "unknown"}, 404),
        ({"invoiceNumber": "000000077"}, 422),
        ({"invoiceNumber": "000000077", "amount": "1000000.00"}, 422),
        ({}, 422),
    ],
)
async def test_a_return_that_cannot_be_made_is_refused(
    client: httpx.AsyncClient, claim: dict[str, str], status: int
) -> None:
    await submit(client)
    assert (await client.post("/control/returns", json={"claims": [claim]})).status_code == status
    assert (await received(client))["returns"] == []


async def test_counted_faults_strike_as_often_as_told_and_have_no_effect(client: httpx.AsyncClient) -> None:
    await fault(client, "SERVER_ERROR", operations=["submit"], count=2)
    await fault(client, "RATE_LIMIT", operations=["submit"], retryAfter=7)
    answers = [await client.post("/v1/claims", json=claim_package()) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [500, 500, 429, 201]
    assert answers[2].headers["retry-after"] == "7"
    assert [rule["struck"] for rule in (await received(client))["faults"]] == [2, 1]


async def test_faults_by_chance_repeat_with_their_seed(client: httpx.AsyncClient) -> None:
    async def run() -> list[int]:
        await client.delete("/control/faults")
        await fault(client, "SERVER_ERROR", probability=0.4, seed=7)
        return [(await client.get("/v1/returns")).status_code for _ in range(40)]

    first = await run()
    assert set(first) == {200, 500}
    assert await run() == first


async def test_a_malformed_answer_comes_after_the_claim_was_taken(
    client: httpx.AsyncClient, raw: httpx.AsyncClient
) -> None:
    await fault(client, "MALFORMED", operations=["submit"])
    answer = await raw.post("/v1/claims", json=claim_package())
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()
    assert len((await received(client))["claims"]) == 1


async def test_a_timeout_after_the_effect_keeps_the_claim_and_a_timeout_before_takes_none(
    client: httpx.AsyncClient, raw: httpx.AsyncClient
) -> None:
    for kind, claims in (("TIMEOUT", 0), ("TIMEOUT_AFTER_EFFECT", 1)):
        await fault(client, kind, operations=["submit"], seconds=0)
        assert (await raw.post("/v1/claims", json=claim_package())).status_code == 504
        found = (await client.get("/v1/claims", params={"reference": "CL-2026-000001-1"})).json()["items"]
        assert len(found) == claims


@pytest.mark.parametrize(("kind", "status"), [("HTML", 502), ("EMPTY", 200)])
async def test_answers_that_are_no_json_have_no_effect(
    client: httpx.AsyncClient, raw: httpx.AsyncClient, kind: str, status: int
) -> None:
    await fault(client, kind)
    answer = await raw.post("/v1/claims", json=claim_package())
    assert answer.status_code == status
    with pytest.raises(ValueError, match="Expecting"):
        answer.json()
    assert (await received(client))["claims"] == []


async def test_a_gateway_that_forgets_doubles_is_caught_by_the_record(client: httpx.AsyncClient) -> None:
    ref = await submit(client)
    await fault(client, "DUPLICATE_ACCEPTANCE", operations=["submit"])
    again = await client.post("/v1/claims", json=claim_package())
    assert again.status_code == 201
    assert again.json()["gatewayRef"] != ref
    found = await received(client)
    assert found["doubledReferences"] == ["CL-2026-000001-1"]
    assert found["doubledInvoices"] == ["000000001"]
    listed = (await client.get("/v1/claims", params={"reference": "CL-2026-000001-1"})).json()["items"]
    assert listed[0]["gatewayRef"] == ref


async def test_a_late_rejection_comes_after_the_acceptance(client: httpx.AsyncClient) -> None:
    await fault(client, "LATE_REJECTION", operations=["submit"], seconds=10, code="0712", reason="Contrôle")
    ref = await submit(client)
    seen = []
    for seconds in (4, 14):
        with travel(now() + timedelta(seconds=seconds)):
            seen.append((await client.get(f"/v1/claims/{ref}")).json())
    assert [each["status"] for each in seen] == ["ACCEPTED", "REJECTED"]
    assert seen[1]["rejection"] == {"code": "0712", "reason": "Contrôle"}


async def test_a_fault_that_does_not_exist_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/control/faults", json={"kind": "SERVER_ERROR", "operations": ["cook"]})
    assert answer.status_code == 422
    assert "submit" in answer.json()["operations"]


async def test_what_was_received_outlives_the_process(tmp_path: Path) -> None:
    for status in (201, 200):
        app = create_app(tmp_path, accept_after=0)
        async with client_of(app) as client:
            assert (await client.post("/v1/claims", json=claim_package())).status_code == status
            assert (await client.get("/health/ready")).status_code == 200
        app.state.store.database.close()


async def test_settings_change_the_delay_and_a_reset_forgets_all(client: httpx.AsyncClient) -> None:
    await client.put("/control/settings", json={"acceptAfterSeconds": 0})
    ref = await submit(client)
    assert (await client.get(f"/v1/claims/{ref}")).json()["status"] == "ACCEPTED"
    assert (await client.post("/control/reset")).status_code == 204
    assert (await received(client))["claims"] == []
