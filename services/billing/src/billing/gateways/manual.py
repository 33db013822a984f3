"""The MANUAL gateway: an operator enters the claim in another software, and its result here. Nothing is sent."""

from collections.abc import Sequence

from common.contracts.enums import ClaimStatus

from billing.gateways.interface import ClaimPackage, GatewayRefused, PackageDocument, PaymentInfo, StatusReport


class Manual:
    """Takes every claim; what comes of it only the operator knows."""

    async def submit(self, package: ClaimPackage) -> StatusReport:
        return StatusReport(None, ClaimStatus.SUBMITTED)

    async def find(self, reference: str) -> StatusReport | None:
        return None

    async def attach(self, gateway_ref: str, documents: Sequence[PackageDocument]) -> None:
        raise GatewayRefused("the operator attaches documents in the other software")

    async def status(self, gateway_ref: str) -> StatusReport:
        raise GatewayRefused("only the operator knows")

    async def payments(self, gateway_ref: str) -> list[PaymentInfo]:
        raise GatewayRefused("only the operator knows")
