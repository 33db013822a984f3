"""Infimax over REST, to the contract in `infimax.openapi.json`; fitting the real one means editing both."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal
from urllib.parse import quote

import structlog
from common.contracts.enums import ClaimStatus, GatewayType

from billing.gateways.interface import ClaimPackage, PackageDocument, PaymentInfo, RemoteReturn, StatusReport
from billing.gateways.rest import Answer, RestGateway

log = structlog.get_logger(__name__)


class _Rejection(Answer):
    code: str
    reason: str


class _Submission(Answer):
    gateway_ref: str
    status: Literal["SUBMITTED", "PENDING", "ACCEPTED", "REJECTED"]

    def report(self) -> StatusReport:
        return StatusReport(self.gateway_ref, ClaimStatus(self.status))


class _Claim(_Submission):
    rejection: _Rejection | None

    def report(self) -> StatusReport:
        rejection = (self.rejection.code, self.rejection.reason) if self.rejection else None
        return StatusReport(self.gateway_ref, ClaimStatus(self.status), rejection)


class _Claims(Answer):
    items: list[_Claim]


class _Receipts(Answer):
    documents: list[dict[str, Any]]


class _Payment(Answer):
    amount: Decimal
    paid_on: date
    payer: Literal["AMO", "AMC"]


class _Payments(Answer):
    payments: list[_Payment]


class _Return(Answer):
    id: str
    sha256: str


class _Returns(Answer):
    items: list[_Return]


class Infimax(RestGateway):
    """A claim is known by a reference of theirs, and found by ours."""

    gateway_type: ClassVar[GatewayType] = GatewayType.INFIMAX

    def __init__(self, url: str, api_key: str, *, timeout: float) -> None:
        super().__init__(url, {"X-Api-Key": api_key}, timeout=timeout)

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
        await self._call(_Receipts, "POST", f"{_path(gateway_ref)}/documents", json=body)

    async def status(self, gateway_ref: str) -> StatusReport:
        return (await self._call(_Claim, "GET", _path(gateway_ref))).report()

    async def payments(self, gateway_ref: str) -> list[PaymentInfo]:
        found = await self._call(_Payments, "GET", f"{_path(gateway_ref)}/payments")
        return [PaymentInfo(each.amount, each.paid_on, each.payer == "AMC") for each in found.payments]

    async def returns(self, after: str | None) -> list[RemoteReturn]:
        parameters = {"after": after} if after else {}
        found = await self._call(_Returns, "GET", "/v1/returns", params=parameters)
        return [RemoteReturn(each.id, sha256=each.sha256) for each in found.items]

    def download(self, remote: RemoteReturn) -> AsyncIterator[bytes]:
        return self._download(f"/v1/returns/{quote(remote.id, safe='')}", remote.sha256)


def _path(gateway_ref: str) -> str:
    return f"/v1/claims/{quote(gateway_ref, safe='')}"
