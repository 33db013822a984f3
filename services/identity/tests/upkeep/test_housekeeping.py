"""The nightly upkeep."""

from datetime import timedelta

from common.clock import now, travel
from common.contracts.enums import LinkPurpose
from common.testing import RunningService
from identity.testing import People
from identity.upkeep.schedules import housekeeping

TABLES = ("one_time_tokens", "sessions", "login_throttles")


async def _rows(identity: RunningService) -> dict[str, int]:
    reads = identity.resources.database.reads
    return {table: await reads.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}  # noqa: S608 - fixed


async def test_what_is_spent_stays_a_month_and_then_goes(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    await people.log_in(patient)
    await people.link_token(patient.user_id, LinkPurpose.RESET_PASSWORD)
    await identity.http.post("/api/v1/auth/login", json={"email": "nobody@example.test", "password": "wrong"})
    kept = {"one_time_tokens": 2, "sessions": 1, "login_throttles": 1}
    assert await _rows(identity) == kept
    await housekeeping(identity.resources)
    assert await _rows(identity) == kept
    with travel(now() + timedelta(days=29)):
        await housekeeping(identity.resources)
        assert await _rows(identity) == kept
    with travel(now() + timedelta(days=38)):
        await housekeeping(identity.resources)
        assert await _rows(identity) == dict.fromkeys(TABLES, 0)
