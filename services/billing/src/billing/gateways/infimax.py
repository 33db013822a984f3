"""Infimax over REST, to the contract in `infimax.openapi.json`; fitting the real one means editing both."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx
import structlog
from common.contracts.enums import ClaimStatus
from common.http.client import CircuitBreaker
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from billing.gateways.interface import (
    ClaimPackage,
    GatewayRefused,
    GatewayUnavailable,
    PackageDocument,
    PaymentInfo,
    StatusReport,
)

A = TypeVar("A", bound=BaseModel)
log = structlog.get_logger(__name__)


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Rejection(_Answer):
    code: str
    reason: str


class _Submission(_Answer):
    gateway_ref: str
    status: Literal["SUBMITTED", "PENDING", "ACCEPTED", "REJECTED"]

    def report(self) -> StatusReport:
        return StatusReport(self.gateway_ref, ClaimStatus(self.status))


class _Claim(_Submission):
    rejection: _Rejection | None

    def report(self) -> StatusReport:
        rejection = (self.rejection.code, self.rejection.reason) if self.rejection else None
        return StatusReport(self.gateway_ref, ClaimStatus(self.status), rejection)


class _Claims(_Answer):
    items: list[_Claim]


class _Receipts(_Answer):
    documents: list[dict[str, Any]]


class _Payment(_Answer):
    amount: Decimal
    paid_on: date
    payer: Literal["AMO", "AMC"]


class _Payments(_Answer):
    payments: list[_Payment]


class _Problem(_Answer):
    code: str = ""
    details: list[dict[str, Any]] = []


class Infimax:
    """One connection pool to the gateway."""

    def __init__(self, url: str, api_key: str, *, timeout: float) -> None:
        """`timeout` is in seconds, for a whole answer."""
        self._client = httpx.AsyncClient(
            base_url=url, headers={"X-Api-Key": api_key}, timeout=httpx.Timeout(timeout, connect=min(timeout, 3.0))
        )
        self._breaker = CircuitBreaker()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def submit(self, package: ClaimPackage) -> StatusReport:
        body = package.model_dump(mode="json", by_alias=True)
        return (await self._call(_Submission, "POST", "/v1/claims", json=body)).report()

    async def find(self, reference: str) -> StatusReport | None:
        found = (await self._call(_Claims, "GET", "/v1/claims", params={"reference": reference})).items
        if len(found) > 1:
            log.error("gateway_doubled_claim", reference=reference, times=len(found))
        return found[0].report() if found else None

    async def attach(self, gateway_ref: str, documents: Sequence[PackageDocument]) -> None:
        body = {"documents": [each.model_dump(mode="json", by_alias=True) for each in documents]}
        await self._call(_Receipts, "POST", f"/v1/claims/{gateway_ref}/documents", json=body)

    async def status(self, gateway_ref: str) -> StatusReport:
        return (await self._call(_Claim, "GET", f"/v1/claims/{gateway_ref}")).report()

    async def payments(self, gateway_ref: str) -> list[PaymentInfo]:
        found = await self._call(_Payments, "GET", f"/v1/claims/{gateway_ref}/payments")
        return [PaymentInfo(each.amount, each.paid_on, each.payer == "AMC") for each in found.payments]

    async def _call(self, shape: type[A], method: str, path: str, **options: Any) -> A:
        if self._breaker.is_open:
            raise GatewayUnavailable("the gateway has failed several times in a row: waiting")
        try:
            answer = await self._answer(shape, method, path, options)
        except GatewayUnavailable:
            self._breaker.record(success=False)
            raise
        except GatewayRefused:
            self._breaker.record(success=True)
            raise
        self._breaker.record(success=True)
        return answer

    async def _answer(self, shape: type[A], method: str, path: str, options: dict[str, Any]) -> A:
        try:
            response = await self._client.request(method, path, **options)
        except httpx.TransportError as error:
            raise GatewayUnavailable(f"no answer: {type(error).__name__}") from error
        if response.status_code in {400, 404, 409, 422}:
            raise GatewayRefused(f"the gateway answered {response.status_code}{_what(response)}")
        if not response.is_success:
            raise GatewayUnavailable(f"the gateway answered {response.status_code}")
        try:
            return shape.model_validate_json(response.content)
        except ValidationError as error:
            raise GatewayUnavailable("the gateway's answer is not to the contract") from error


def _what(response: httpx.Response) -> str:
    """Code and paths of a refusal: what it says of the values stays out, for they may be a patient's."""
    try:
        problem = _Problem.model_validate_json(response.content)
    except ValidationError:
        return ""
    paths = sorted({str(each.get("path", "")) for each in problem.details})
    return f" {problem.code}{': ' if paths else ''}{', '.join(paths)}"
