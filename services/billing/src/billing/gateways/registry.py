"""Which gateways this installation is connected to."""

from contextlib import AsyncExitStack

from common.contracts.enums import GatewayType
from common.storage import Storage

from billing.gateways.exchange import BucketExchange, FolderExchange
from billing.gateways.infimax import Infimax
from billing.gateways.interface import BillingGateway, GatewayRefused, ReturnSource
from billing.gateways.lgpi import Lgpi
from billing.gateways.manual import Manual
from billing.gateways.vega import Vega
from billing.settings import BillingSettings


class Gateways:
    """The adapters by type; MANUAL is always there."""

    def __init__(self, settings: BillingSettings, storage: Storage) -> None:
        self._adapters: dict[GatewayType, BillingGateway] = {GatewayType.MANUAL: Manual()}
        self._rest: list[Infimax | Vega] = []
        timeout = settings.billing_gateway_timeout
        if (url := settings.billing_gateway_url) and (key := settings.billing_gateway_api_key):
            self._rest.append(Infimax(url, key.get_secret_value(), timeout=timeout))
        if (url := settings.vega_gateway_url) and (key := settings.vega_gateway_api_key):
            self._rest.append(Vega(url, key.get_secret_value(), timeout=timeout))
        self._adapters |= {each.gateway_type: each for each in self._rest}
        if settings.lgpi_exchange_folder is not None:
            self._adapters[GatewayType.LGPI] = Lgpi(FolderExchange(settings.lgpi_exchange_folder))
        elif settings.lgpi_exchange_prefix is not None:
            exchange = BucketExchange(storage, settings.bucket("returns"), settings.lgpi_exchange_prefix)
            self._adapters[GatewayType.LGPI] = Lgpi(exchange)

    async def open(self, stack: AsyncExitStack) -> None:
        for each in self._rest:
            await stack.enter_async_context(each)

    def available(self, gateway_type: GatewayType) -> bool:
        """Whether claims can be sent through it."""
        return gateway_type in self._adapters

    def of(self, gateway_type: GatewayType) -> BillingGateway:
        """The adapter; `GatewayRefused` when there is none."""
        if gateway_type not in self._adapters:
            raise GatewayRefused(f"{gateway_type} is not connected")
        return self._adapters[gateway_type]

    def return_sources(self) -> dict[GatewayType, ReturnSource]:
        """Those that hand out return files."""
        return {kind: adapter for kind, adapter in self._adapters.items() if isinstance(adapter, ReturnSource)}
