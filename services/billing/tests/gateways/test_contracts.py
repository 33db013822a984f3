"""The adapters against their contracts: every request and every answer is held against the OpenAPI document."""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import pytest_asyncio
from billing.gateways import (
    ClaimPackage,
    GatewayRefused,
    GatewayUnavailable,
    PackageDocument,
    PackageItem,
    PackagePatient,
    PackagePrescriber,
    PackagePrescription,
    ReturnSource,
)
from billing.gateways.infimax import Infimax
from billing.gateways.vega import Vega
from common.contracts.enums import ClaimDocumentRole, ClaimStatus, GatewayType
from common.ids import new_id
from jsonschema import Draft202012Validator

from services.billing.tests.conftest import KEY, NIR, RPPS, Gateway

Rest = Infimax | Vega


class Contract:
    """An OpenAPI document, for httpx's event hooks."""

    def __init__(self, name: str) -> None:
        self.document: dict[str, Any] = json.loads((files("billing") / "gateways" / name).read_text("utf-8"))
        self.seen: set[str] = set()
        self.strict = True

    async def request(self, request: httpx.Request) -> None:
        operation = self._operation(request)
        self.seen.add(operation["operationId"])
        body = operation.get("requestBody")
        assert (body is not None) == bool(request.content)
        if body is not None:
            self._validate(body["content"]["application/json"]["schema"], json.loads(request.content))
        known = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"}
        assert set(request.url.params.keys()) <= known

    async def response(self, response: httpx.Response) -> None:
        if not self.strict:
            return
        declared = self._resolved(self._operation(response.request)["responses"][str(response.status_code)])
        media = response.headers["content-type"].split(";")[0]
        schema = declared["content"][media]["schema"]
        if media == "application/json":
            await response.aread()
            self._validate(schema, response.json())

    def operations(self) -> set[str]:
        return {each["operationId"] for methods in self.document["paths"].values() for each in methods.values()}

    def _operation(self, request: httpx.Request) -> dict[str, Any]:
        path = unquote(request.url.path)
        for template, methods in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and request.method.lower() in methods:
                found: dict[str, Any] = methods[request.method.lower()]
                return found
        raise KeyError(f"{request.method} {path} is not in the contract")

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        return self.document["components"]["responses"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node

    def _validate(self, schema: dict[str, Any], value: object) -> None:
        Draft202012Validator({**schema, "components": self.document["components"]}).validate(value)


ADAPTERS: dict[GatewayType, tuple[Callable[..., Rest], str]] = {
    GatewayType.INFIMAX: (Infimax, "infimax.openapi.json"),
    GatewayType.VEGA: (Vega, "vega.openapi.json"),
}


@pytest.fixture(params=list(ADAPTERS))
def contract(request: pytest.FixtureRequest) -> tuple[Callable[..., Rest], Contract]:
    adapter, name = ADAPTERS[request.param]
    return adapter, Contract(name)


@pytest_asyncio.fixture
async def connected(
    contract: tuple[Callable[..., Rest], Contract], gateway: Gateway
) -> AsyncIterator[tuple[Rest, Contract]]:
    """An adapter connected to the simulator, watched by its contract."""
    make, document = contract
    async with AsyncExitStack() as stack:
        adapter: Rest = await stack.enter_async_context(make(gateway.url, KEY, timeout=1.0))
        adapter._client.event_hooks = {"request": [document.request], "response": [document.response]}
        yield adapter, document


def document(content: bytes = b"%PDF-1.7") -> PackageDocument:
    return PackageDocument(
        document_id=new_id(), role=ClaimDocumentRole.PRESCRIPTION, content_type="application/pdf", content=content
    )


def package(reference: str = "CL-2026-000001-1", *, prescriber: bool = True) -> ClaimPackage:
    return ClaimPackage(
        reference=reference,
        invoice_number="000000001",
        patient=PackagePatient(
            nir=NIR,
            first_name="Nathalie",
            last_name="Durand",
            date_of_birth=date(1969, 5, 12),
            address={"city": "Lyon"},
        ),
        prescriber=PackagePrescriber(rpps_number=RPPS, name="Paul Martin") if prescriber else None,
        prescription=PackagePrescription(date=date(2026, 11, 2), document_ref=str(new_id())),
        items=[PackageItem(lppr_code="4222803", quantity=2, unit_price=Decimal("631.17"))],
        attached_documents=[document()],
    )


async def test_an_adapter_keeps_to_its_contract_in_all_it_does(
    connected: tuple[Rest, Contract], gateway: Gateway
) -> None:
    adapter, contract = connected
    sent = package()
    assert await adapter.find(sent.reference) is None
    first = await adapter.submit(sent)
    again = await adapter.submit(sent)
    found = await adapter.find(sent.reference)
    assert found is not None
    assert first.gateway_ref == again.gateway_ref == found.gateway_ref
    assert first.status is ClaimStatus.SUBMITTED
    ref = str(first.gateway_ref)
    await adapter.attach(ref, [document(b"%PDF one"), document(b"%PDF two")])
    [held] = (await gateway.received())["claims"]
    assert (held["amount"], held["reference"]) == ("1262.34", sent.reference)
    assert len((await gateway.received())["documents"]) == 3
    made = await gateway.make_return({"reference": sent.reference, "amount": "1000.00", "amcAmount": "262.34"})
    assert [(str(each.amount), each.complementary) for each in await adapter.payments(ref)] == [
        ("1000.00", False),
        ("262.34", True),
    ]
    assert isinstance(adapter, ReturnSource)
    [remote] = await adapter.returns(None)
    assert b"".join([chunk async for chunk in adapter.download(remote)]) == made
    assert await adapter.returns(remote.id) == []
    await gateway.decide(held["gatewayRef"], "REJECTED", "0009-816", "Pièce illisible")
    assert (await adapter.status(ref)).rejection == ("0009-816", "Pièce illisible")
    assert contract.seen == contract.operations()


async def test_a_claim_whose_prescriber_is_not_known_is_taken(connected: tuple[Rest, Contract]) -> None:
    adapter, _ = connected
    assert (await adapter.submit(package(prescriber=False))).status is ClaimStatus.SUBMITTED


@pytest.mark.parametrize("kind", ["SERVER_ERROR", "RATE_LIMIT", "TIMEOUT", "MALFORMED", "EMPTY", "HTML"])
async def test_no_usable_answer_leaves_the_outcome_open(
    connected: tuple[Rest, Contract], gateway: Gateway, kind: str
) -> None:
    adapter, contract = connected
    contract.strict = False
    if kind == "TIMEOUT":
        adapter._client.timeout = httpx.Timeout(0.1)  # the simulator answers after a minute
    await gateway.fault(kind, "submit", "lookup", "returns", "download", count=4)
    for call in (adapter.submit(package()), adapter.find("x"), adapter.returns(None)):
        with pytest.raises(GatewayUnavailable):
            await call


async def test_a_refusal_names_fields_and_no_values(connected: tuple[Rest, Contract]) -> None:
    adapter, contract = connected
    contract.strict = False
    adapter._client.event_hooks = {}
    wrong = package().model_copy(update={"invoice_number": NIR})
    with pytest.raises(GatewayRefused) as refused:
        await adapter.submit(wrong)
    assert NIR not in str(refused.value)
    assert re.search("numeroFacture|invoiceNumber", str(refused.value))


async def test_another_claim_under_the_same_reference_is_no_refusal(connected: tuple[Rest, Contract]) -> None:
    adapter, _ = connected
    await adapter.submit(package())
    with pytest.raises(GatewayUnavailable, match="409"):
        await adapter.submit(package())


async def test_a_wrong_key_is_a_failure_that_an_operator_hears_of(
    contract: tuple[Callable[..., Rest], Contract], gateway: Gateway
) -> None:
    make, _ = contract
    async with make(gateway.url, "stolen", timeout=1.0) as adapter:
        with pytest.raises(GatewayUnavailable, match="401"):
            await adapter.find("x")


async def test_a_gateway_that_keeps_failing_is_left_alone(connected: tuple[Rest, Contract], gateway: Gateway) -> None:
    adapter, contract = connected
    contract.strict = False
    await gateway.fault("SERVER_ERROR", count=100)
    for _ in range(5):
        with pytest.raises(GatewayUnavailable, match="500"):
            await adapter.find("x")
    with pytest.raises(GatewayUnavailable, match="waiting"):
        await adapter.find("x")
    assert (await gateway.received())["faults"][0]["struck"] == 5
