"""What a process of the billing service holds open."""

from contextlib import AsyncExitStack
from typing import Annotated

from common import flags
from common.contracts.enums import GatewayType
from common.resources import Resources
from common.storage import Storage
from fastapi import Depends, Request

from billing.gateways.registry import Gateways
from billing.settings import BillingSettings


class BillingResources(Resources):
    """Also the billing gateways, and the storage of return files."""

    def __init__(self, settings: BillingSettings) -> None:
        super().__init__("billing", settings)
        self.storage = Storage(settings)
        self.gateways = Gateways(settings, self.storage)
        self.returns_bucket = settings.bucket("returns")
        self.incoming_prefix = settings.returns_incoming_prefix

    async def open(self, stack: AsyncExitStack) -> None:
        flags.configure(self.settings)
        GatewayType(flags.choice("billing.gateway.type"))  # a flag that names no gateway fails here, not on each quote
        await super().open(stack)
        await stack.enter_async_context(self.storage)
        await self.gateways.open(stack)


async def request_resources(request: Request) -> BillingResources:
    """The process's resources, for an endpoint."""
    resources: BillingResources = request.app.state.resources
    return resources


RequestResources = Annotated[BillingResources, Depends(request_resources)]
