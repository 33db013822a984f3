"""`active_cases_total`: how many cases are open, by status."""

import asyncio

import asyncpg
import structlog
from common.contracts.enums import CaseStatus
from common.db import Database
from common.events.dead_letters import explain
from prometheus_client import Gauge

from cases.cases.models import OVER
from cases.resources import CasesResources

ACTIVE_CASES = Gauge("active_cases_total", "Cases neither closed nor cancelled", ["status"])

_EVERY = 30.0
_COUNT = "SELECT status, count(*) AS cases FROM cases WHERE status NOT IN ('CLOSED', 'CANCELLED') GROUP BY status"

log = structlog.get_logger(__name__)


async def watch(resources: CasesResources) -> None:
    """Count every half minute, for as long as the process works."""
    while True:
        try:
            await count(resources.database)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("cases_not_counted", error=explain(error))
        await asyncio.sleep(_EVERY)


async def count(database: Database) -> None:
    """Count now; a status without cases is told too."""
    found = {row["status"]: row["cases"] for row in await database.reads.fetch(_COUNT)}
    for status in CaseStatus:
        if status not in OVER:
            ACTIVE_CASES.labels(status.value).set(found.get(status.value, 0))
