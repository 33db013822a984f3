"""The daily reconciliation."""

from billing.queue import schedules
from billing.reconciliation import service
from billing.resources import BillingResources


@schedules.on("daily-reconciliation")
async def daily_reconciliation(resources: BillingResources) -> None:
    """Hold what was claimed against what was paid, as of now."""
    await service.make(resources)
