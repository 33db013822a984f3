"""Which gateways this installation is connected to."""

from contextlib import AsyncExitStack

from common.contracts.enums import GatewayType

from billing.gateways.infimax import Infimax
from billing.gateways.interface import BillingGateway, GatewayRefused
from billing.gateways.manual import Manual
from billing.settings import BillingSettings


class Gateways:
    """The adapters by type; MANUAL is always there."""

    def __init__(self, settings: BillingSettings) -> None:
        self._adapters: dict[GatewayType, BillingGateway] = {GatewayType.MANUAL: Manual()}
        self._infimax: Infimax | None = None
        url, key = settings.billing_gateway_url, settings.billing_gateway_api_key
        if url is not None and key is not None:
            self._infimax = Infimax(url, key.get_secret_value(), timeout=settings.billing_gateway_timeout)
            self._adapters[GatewayType.INFIMAX] = self._infimax

    async def open(self, stack: AsyncExitStack) -> None:
        if self._infimax is not None:
            await stack.enter_async_context(self._infimax)

    def available(self, gateway_type: GatewayType) -> bool:
        """Whether claims can be sent through it."""
        return gateway_type in self._adapters

    def of(self, gateway_type: GatewayType) -> BillingGateway:
        """The adapter; `GatewayRefused` when there is none."""
        if gateway_type not in self._adapters:
            raise GatewayRefused(f"{gateway_type} is not connected")
        return self._adapters[gateway_type]
