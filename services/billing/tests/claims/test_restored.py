"""What an older database tells after it was put back is newer than what was told before."""

from typing import Any

from billing.app import SERVICE
from common.db import restored
from common.testing import RunningService
from common.testing.plugin import Servers

from services.billing.tests.conftest import Billing

SEEN = "SELECT consumer, aggregate_id, version FROM inbox_versions ORDER BY 1, 2"


async def counted(running: RunningService, query: str) -> list[Any]:
    return [tuple(row) for row in await running.resources.database.reads.fetch(query)]


async def test_versions_and_numbers_given_since_the_backup_are_left_behind(billing: Billing, servers: Servers) -> None:
    before = await billing.draft()
    [(version, database)] = await counted(billing.running, "SELECT version, current_database() FROM claims")
    seen = await counted(billing.running, SEEN)
    told = await restored.leave_behind(servers.postgres.rsplit("/", 1)[0] + f"/{database}", SERVICE.metadata)
    assert told["claims"] == 1
    assert [row[0] for row in await counted(billing.running, "SELECT version FROM claims")] == [
        version + restored.VERSIONS
    ]
    assert await counted(billing.running, SEEN) == seen, "what the service has seen of others stays what it was"
    after = await billing.draft()
    for number in ("claimNumber", "invoiceNumber"):
        assert int(after[number].rsplit("-", 1)[-1]) >= int(before[number].rsplit("-", 1)[-1]) + restored.NUMBERS
    assert (await billing.http.post(f"/claims/{before['id']}/submit")).status_code == 202
    await billing.until(before["id"], "SUBMITTED")
    [submitted] = await billing.running.recorded("claim.submitted")
    assert submitted.aggregateversion > restored.VERSIONS
