"""What an older database tells after it was put back is newer than what was told before."""

from typing import Any

import asyncpg
from billing.app import SERVICE
from common.db import after_restore
from common.testing import RunningService
from common.testing.planting import plant
from common.testing.plugin import Servers

from services.billing.tests.conftest import Billing

SEEN = "SELECT version FROM inbox_versions"


async def counted(running: RunningService, query: str) -> list[Any]:
    return [tuple(row) for row in await running.resources.database.reads.fetch(query)]


async def test_versions_and_numbers_are_advanced_past_those_given_since_the_backup(
    billing: Billing, servers: Servers
) -> None:
    before = await billing.draft()
    [(version, database)] = await counted(billing.running, "SELECT version, current_database() FROM claims")
    url = f"{servers.postgres.rsplit('/', 1)[0]}/{database}"
    admin = await asyncpg.connect(url)
    await plant(admin, "inbox_versions", consumer="billing-quotes", version=7)
    await admin.close()
    told = await after_restore.advance(url, SERVICE.metadata)
    assert told["claims"] == 1
    assert [row[0] for row in await counted(billing.running, "SELECT version FROM claims")] == [
        version + after_restore.VERSIONS
    ]
    assert await counted(billing.running, SEEN) == [(7,)], "what the service has seen of others stays what it was"
    after = await billing.draft()
    for number in ("claimNumber", "invoiceNumber"):
        assert int(after[number].rsplit("-", 1)[-1]) >= int(before[number].rsplit("-", 1)[-1]) + after_restore.NUMBERS
    assert (await billing.http.post(f"/claims/{before['id']}/submit")).status_code == 202
    await billing.until(before["id"], "SUBMITTED")
    [submitted] = await billing.running.recorded("claim.submitted")
    assert submitted.aggregateversion > after_restore.VERSIONS
