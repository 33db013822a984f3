"""Vega's side of the simulator: its contract, and every way in which it misbehaves."""

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from axtech.simulators.billing_gateway import create_app
from common.clock import now, travel
from fastapi import FastAPI

from .contract import VEGA
from .test_billing_gateway import fault, received

REFERENCE = "CL-2026-000001-1"
FILE = f"/api/dossiers/{REFERENCE}"
PIECE = {
    "role": "PRESCRIPTION",
    "typeMime": "application/pdf",
    "contenu": base64.b64encode(b"%PDF-1.7 ordonnance").decode(),
}


def deposit(**changes: Any) -> dict[str, Any]:
    return {
        "numeroFacture": "000000001",
        "assure": {
            "nir": "269054958815780",
            "nom": "Durand",
            "prenom": "Nathalie",
            "dateNaissance": "1969-05-12",
            "adresse": {"city": "Lyon"},
        },
        "prescripteur": {"rpps": "10003456789", "nom": "Dr Martin"},
        "prescription": {"date": "2026-11-02", "piece": "0198c0de"},
        "lignes": [{"codeLpp": "4222803", "quantite": 2, "prixUnitaireCentimes": 63117}],
        "pieces": [{"id": "1", **PIECE}],
    } | changes


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(tmp_path, api_key="infimax", vega_key="vega", accept_after=3)


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


def client_of(app: FastAPI, *, checked: bool = True) -> httpx.AsyncClient:
    hooks = {"response": [VEGA.check]} if checked else {}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://vega",
        headers={"Authorization": "Bearer vega"},
        event_hooks=hooks,
    )


async def states(client: httpx.AsyncClient, *seconds: int) -> list[dict[str, Any]]:
    """The claim as it is found after so many seconds."""
    found = []
    for each in seconds:
        with travel(now() + timedelta(seconds=each)):
            answer = await client.get("/api/dossiers", params={"reference": REFERENCE})
            found += answer.json()["dossiers"]
    return found


def test_every_operation_of_the_contract_is_served(app: FastAPI) -> None:
    assert VEGA.is_served_by(app)


async def test_a_claim_is_filed_under_our_reference_once_and_accepted_by_itself(client: httpx.AsyncClient) -> None:
    assert await states(client, 0) == []
    answers = [await client.put(FILE, json=deposit()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert [each["etat"] for each in await states(client, 0, 2, 4)] == ["TRANSMIS", "EN_TRAITEMENT", "ACCEPTE"]
    found = await received(client)
    assert [(each["reference"], each["amount"]) for each in found["claims"]] == [(REFERENCE, "1262.34")]
    assert [each["answer"] for each in found["submissions"]] == [201, 200]
    other = await client.put(FILE, json=deposit(numeroFacture="000000002"))
    assert (other.status_code, other.json()["code"]) == (409, "CONFLICT")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"numeroFacture": "12"}, "body.numeroFacture"),
        ({"lignes": []}, "body.lignes"),
        ({"lignes": [{"codeLpp": "1", "quantite": 1, "prixUnitaireCentimes": 3.5}]}, "prixUnitaireCentimes"),
        ({"assure": {}}, "body.assure.nir"),
        ({"pieces": [{"id": "1", **PIECE, "contenu": "é"}]}, "body.pieces.0.contenu"),
        ({"inconnu": 1}, "body.inconnu"),
    ],
)
async def test_a_deposit_that_breaks_the_contract_is_422_with_its_path(
    client: httpx.AsyncClient, changes: dict[str, Any], path: str
) -> None:
    answer = await client.put(FILE, json=deposit(**changes))
    assert answer.status_code == 422
    assert any(path in each["path"] for each in answer.json()["details"])
    assert (await received(client))["submissions"] == []


async def test_what_is_no_json_unknown_or_not_allowed_is_told_apart(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await client.put(FILE, content=b"{", headers=headers)).status_code == 400
    for token in ("Bearer infimax", "Bearer ", "vega"):
        refused = await client.get("/api/retours", headers={"Authorization": token})
        assert refused.status_code == 401
    for path in (f"{FILE}/reglements", "/api/retours/none"):
        assert (await client.get(path)).status_code == 404
    assert (await client.put(f"{FILE}/pieces/2", json=PIECE)).status_code == 404
    assert (await client.get("/api/retours", params={"apres": "none"})).status_code == 422


async def test_pieces_are_added_once_each(client: httpx.AsyncClient) -> None:
    await client.put(FILE, json=deposit())
    for _ in range(2):
        added = await client.put(f"{FILE}/pieces/2", json=PIECE | {"role": "QUOTE"})
        assert (added.status_code, added.json()) == (201, {"id": "2"})
    assert [each["role"] for each in (await received(client))["documents"]] == ["PRESCRIPTION", "QUOTE"]


async def test_return_files_and_payments_are_told(client: httpx.AsyncClient) -> None:
    await client.put(FILE, json=deposit())
    claim = {"reference": REFERENCE, "amount": "-2.05", "amcAmount": "5.00"}
    made = [
        (await client.post("/control/returns", json={"claims": [claim], "force": True})).json()["id"] for _ in range(2)
    ]
    listed = (await client.get("/api/retours")).json()["retours"]
    assert [each["numero"] for each in listed] == made
    assert (await client.get("/api/retours", params={"apres": made[0]})).json()["retours"] == listed[1:]
    content = (await client.get(f"/api/retours/{made[0]}")).content
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (listed[0]["sha256"], listed[0]["octets"])
    payments = (await client.get(f"{FILE}/reglements")).json()["reglements"]
    assert [(each["montantCentimes"], each["payeur"]) for each in payments] == [(-205, "RO"), (500, "RC")] * 2


async def test_faults_before_the_effect_leave_nothing(client: httpx.AsyncClient, raw: httpx.AsyncClient) -> None:
    for kind, status in (("SERVER_ERROR", 500), ("RATE_LIMIT", 429)):
        await fault(client, kind, operations=["submit"], retryAfter=7)
        answer = await client.put(FILE, json=deposit())
        assert (answer.status_code, answer.headers.get("retry-after", "7")) == (status, "7")
    for kind, status in (("TIMEOUT", 504), ("EMPTY", 200), ("HTML", 502)):
        await fault(client, kind, operations=["submit"], seconds=0)
        assert (await raw.put(FILE, json=deposit())).status_code == status
    assert (await received(client))["claims"] == []


@pytest.mark.parametrize(("kind", "status"), [("TIMEOUT_AFTER_EFFECT", 504), ("MALFORMED", 201)])
async def test_a_claim_whose_answer_is_lost_or_spoiled_was_filed(
    client: httpx.AsyncClient, raw: httpx.AsyncClient, kind: str, status: int
) -> None:
    await fault(client, kind, operations=["submit"], seconds=0)
    lost = await raw.put(FILE, json=deposit())
    assert lost.status_code == status
    with pytest.raises((ValueError, KeyError)):
        lost.json()["etat"]
    assert [each["etat"] for each in await states(client, 0)] == ["TRANSMIS"]
    assert (await client.put(FILE, json=deposit())).status_code == 200


async def test_a_double_that_vega_takes_is_caught_by_the_record(client: httpx.AsyncClient) -> None:
    await client.put(FILE, json=deposit())
    await fault(client, "DUPLICATE_ACCEPTANCE", operations=["submit"])
    assert (await client.put(FILE, json=deposit())).status_code == 201
    assert len(await states(client, 0)) == 1  # the first, as before
    found = await received(client)
    assert (found["doubledReferences"], found["doubledInvoices"]) == ([REFERENCE], ["000000001"])


async def test_a_late_rejection_comes_after_the_acceptance(client: httpx.AsyncClient) -> None:
    await fault(client, "LATE_REJECTION", operations=["submit"], seconds=10, code="0712", reason="Contrôle")
    await client.put(FILE, json=deposit())
    accepted, rejected = await states(client, 4, 14)
    assert (accepted["etat"], accepted["motif"]) == ("ACCEPTE", None)
    assert (rejected["etat"], rejected["motif"]) == ("REJETE", {"code": "0712", "libelle": "Contrôle"})
