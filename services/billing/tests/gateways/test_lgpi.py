"""LGPI by files: what is written keeps to the layout, appears whole, and is never written twice."""

import json
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from billing.gateways import GatewayRefused, GatewayUnavailable
from billing.gateways.exchange import BucketExchange, Exchange, FolderExchange
from billing.gateways.lgpi import Lgpi
from billing.returns.jobs import return_file_ingestion
from common.contracts.enums import ClaimStatus
from common.ids import new_id
from common.testing import eventually
from common.testing.plugin import RunService
from jsonschema import Draft202012Validator

from services.billing.tests.conftest import Billing, Colleagues, Gateway
from services.billing.tests.gateways.test_contracts import document, package
from services.billing.tests.returns.files import TOTAL

REFERENCE = "CL-2026-000001-1"
LAYOUT: dict[str, Any] = json.loads((files("billing") / "gateways" / "lgpi.schema.json").read_text("utf-8"))


def check(kind: str, content: bytes) -> None:
    """Fail unless the file is laid out as the contract says."""
    Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": LAYOUT["$defs"]}).validate(json.loads(content))


@pytest_asyncio.fixture(params=["folder", "bucket"])
async def exchange(request: pytest.FixtureRequest, tmp_path: Path, run_service: RunService) -> AsyncIterator[Exchange]:
    """A place for files of either kind."""
    if request.param == "folder":
        yield FolderExchange(tmp_path)
    else:
        resources = (await run_service("billing")).resources
        yield BucketExchange(resources.storage, resources.returns_bucket, f"lgpi-{new_id()}/")


async def says(exchange: Exchange, kind: str, **content: Any) -> None:
    """LGPI's side of the exchange."""
    made = json.dumps({"reference": REFERENCE, **content}).encode()
    check(kind, made)
    folder = {"acknowledgement": "acknowledgements", "state": "states"}[kind]
    await exchange.write(f"{folder}/{REFERENCE}.json", made)


async def test_a_claim_goes_out_and_comes_back_by_files(exchange: Exchange) -> None:
    lgpi = Lgpi(exchange)
    assert await lgpi.find(REFERENCE) is None
    sent = await lgpi.submit(package())
    assert (sent.gateway_ref, sent.status) == (REFERENCE, ClaimStatus.SUBMITTED)
    [name] = await exchange.names("export")
    check("export", await exchange.read(name) or b"")
    assert (await lgpi.status(REFERENCE)).status is ClaimStatus.SUBMITTED
    await says(exchange, "acknowledgement", outcome="RECEIVED")
    assert (await lgpi.status(REFERENCE)).status is ClaimStatus.PENDING
    assert await exchange.names("export") == []
    await says(exchange, "state", status="ACCEPTED")
    assert (await lgpi.status(REFERENCE)).status is ClaimStatus.ACCEPTED
    await says(exchange, "state", status="REJECTED", code="294", reason="Pièce illisible")
    assert (await lgpi.status(REFERENCE)).rejection == ("294", "Pièce illisible")
    added = document()
    await lgpi.attach(REFERENCE, [added])
    [piece] = await exchange.names(f"pieces/{REFERENCE}")
    check("piece", await exchange.read(piece) or b"")
    assert await lgpi.payments(REFERENCE) == []


async def test_a_refused_export_is_a_rejection(exchange: Exchange) -> None:
    lgpi = Lgpi(exchange)
    await lgpi.submit(package())
    await says(exchange, "acknowledgement", outcome="REFUSED", code="FORMAT", reason="illisible")
    found = await lgpi.status(REFERENCE)
    assert (found.status, found.rejection) == (ClaimStatus.REJECTED, ("FORMAT", "illisible"))


async def test_files_that_are_not_to_the_layout_leave_the_outcome_open(exchange: Exchange) -> None:
    lgpi = Lgpi(exchange)
    for content in (b"", b"{", b'{"reference": "x"}', b'{"reference": "x", "outcome": "MAYBE"}', b"\xff"):
        await exchange.write(f"acknowledgements/{REFERENCE}.json", content)
        with pytest.raises(GatewayUnavailable):
            await lgpi.find(REFERENCE)
    with pytest.raises(GatewayRefused):
        await lgpi.status("CL-2026-000009-1")


async def test_return_files_are_handed_out_in_order_until_they_are_taken(exchange: Exchange) -> None:
    lgpi = Lgpi(exchange)
    assert await lgpi.returns(None) == []
    for name in ("b.txt", "a.txt"):
        await exchange.write(f"returns/{name}", name.encode())
    first, second = await lgpi.returns(None)
    assert b"".join([chunk async for chunk in lgpi.download(first)]) == b"a.txt"
    await lgpi.taken(first)
    assert await lgpi.returns(first.id) == [second]


async def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = FolderExchange(tmp_path)
    await exchange.write("export/one.json", b"first")

    def fails(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fails)
        with pytest.raises(OSError, match="disk full"):
            await exchange.write("export/one.json", b"second")
        with pytest.raises(GatewayUnavailable):
            await Lgpi(exchange).submit(package())
    assert await exchange.names("export") == ["export/one.json"]
    assert await exchange.read("export/one.json") == b"first"
    assert await Lgpi(exchange).find(REFERENCE) is None


async def test_a_claim_through_lgpi_is_paid(
    impatient: None, run_worker: RunService, colleagues: Colleagues, gateway: Gateway, lgpi_folder: Path
) -> None:
    running = await run_worker(
        "billing",
        identity_url=colleagues.url,
        documents_url=colleagues.url,
        lgpi_exchange_folder=lgpi_folder,
    )
    billing = Billing(running, colleagues)
    async with billing.http:
        claim = await billing.draft()
        await billing.http.post(f"/claims/{claim['id']}/submit", json={"gatewayType": "LGPI"})
        await billing.until(claim["id"], "SUBMITTED")
        held = await eventually(gateway.received, until=lambda found: bool(found["claims"]))
        await gateway.decide(held["claims"][0]["gatewayRef"], "ACCEPTED")
        state = lgpi_folder / "states" / f"{claim['claimNumber']}-1.json"

        async def told() -> bool:
            return state.exists()

        await eventually(told)
        await billing.synced(claim["id"], "ACCEPTED")
        assert list((lgpi_folder / "export").iterdir()) == []
        await gateway.publish_return({"reference": f"{claim['claimNumber']}-1", "amount": TOTAL})
        await return_file_ingestion(running.resources)
        await billing.until(claim["id"], "PAID")
        assert list((lgpi_folder / "returns").iterdir()) == []
