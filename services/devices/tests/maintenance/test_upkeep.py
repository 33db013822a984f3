"""The daily check of contracts: reminders, expiry, and when it runs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import nats
import pytest
import pytest_asyncio
from common.clock import travel
from common.contracts.cases import CaseDeliveredV1
from common.contracts.jobs import CheckContractV1
from common.events import topology
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.plugin import RunService
from devices.instances.service import register_delivery
from devices.maintenance.domain import ContractDates, Upkeep, UpkeepRules, months_after, upkeep
from hypothesis import given
from hypothesis import strategies as st

RULES = UpkeepRules(renewal_notice_days=30, service_notice_days=14, service_months=12)
NINE = datetime(2027, 2, 10, 8, 0, tzinfo=UTC)
days = st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 12, 31))


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 1, 31), -2, date(2026, 11, 30)),
        (date(2027, 12, 15), 1, date(2028, 1, 15)),
    ],
)
def test_a_month_that_is_shorter_ends_on_its_last_day(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then


def dates(**changes: Any) -> ContractDates:
    given: dict[str, Any] = {
        "renewal_date": date(2027, 3, 2),
        "renewal_reminded_for": None,
        "served_since": date(2026, 12, 1),
        "service_reminded_since": None,
    }
    return ContractDates(**(given | changes))


@pytest.mark.parametrize(
    ("today", "changes", "steps"),
    [
        (date(2027, 1, 30), {}, []),
        (date(2027, 1, 31), {}, [Upkeep.REMIND_OF_RENEWAL]),
        (date(2027, 2, 1), {"renewal_reminded_for": date(2027, 3, 2)}, []),
        (date(2028, 2, 20), {"renewal_date": date(2028, 3, 2), "renewal_reminded_for": date(2027, 3, 2)}, None),
        (date(2027, 3, 1), {}, [Upkeep.REMIND_OF_RENEWAL]),
        (date(2027, 3, 2), {}, [Upkeep.EXPIRE]),
        (date(2029, 1, 1), {}, [Upkeep.EXPIRE]),
        (date(2027, 1, 15), {"served_since": date(2026, 2, 1)}, []),
        (date(2027, 1, 18), {"served_since": date(2026, 2, 1)}, [Upkeep.REMIND_OF_SERVICE]),
        (date(2027, 1, 18), {"served_since": date(2026, 2, 1), "service_reminded_since": date(2026, 2, 1)}, []),
    ],
)
def test_each_date_is_reminded_of_once_and_in_time(
    today: date, changes: dict[str, Any], steps: list[Upkeep] | None
) -> None:
    expected = [Upkeep.REMIND_OF_RENEWAL, Upkeep.REMIND_OF_SERVICE] if steps is None else steps
    assert upkeep(dates(**changes), today, RULES) == expected


@given(days, days, st.integers(1, 60), st.integers(0, 60))
def test_what_the_query_looks_at_holds_all_that_is_due(today: date, since: date, months: int, notice: int) -> None:
    rules = UpkeepRules(0, notice, months)
    if rules.next_service(since) <= rules.latest_service(today):
        assert since <= months_after(rules.latest_service(today), -months) + timedelta(days=3)


@pytest_asyncio.fixture
async def worker(run_worker: RunService) -> RunningService:
    return await run_worker("devices")


async def deliver(worker: RunningService, *serials: str, on: datetime) -> None:
    items = [
        {"productId": new_id(), "serialNumber": s, "contractType": "MANUAL", "annualForfait": None} for s in serials
    ]
    event = CaseDeliveredV1.model_validate(
        {
            "caseId": new_id(),
            "patientId": new_id(),
            "caseNumber": "AX-2026-000001",
            "deliveredAt": on,
            "proofDocumentId": new_id(),
            "items": items,
        }
    )
    async with worker.resources.database.transaction() as session:
        await register_delivery(session, event, new_id())


async def tick(worker: RunningService) -> None:
    await worker.publish_raw("SCHEDULES", "axtech.ticks.devices.maintenance-reminders", b"{}")


async def statuses(worker: RunningService) -> dict[str, str]:
    rows = await worker.resources.database.reads.fetch(
        "SELECT serial_number, c.status FROM maintenance_contracts c JOIN device_instances d ON d.id = c.device_id"
    )
    return dict(map(tuple, rows))


async def test_renewals_and_services_are_reminded_of_once_and_ended_contracts_expire(worker: RunningService) -> None:
    await deliver(worker, "soon", on=datetime(2026, 3, 2, 10, tzinfo=UTC))
    await deliver(worker, "later", on=datetime(2026, 6, 1, 10, tzinfo=UTC))
    await deliver(worker, "over", on=datetime(2026, 2, 9, 10, tzinfo=UTC))
    with travel(NINE):
        await tick(worker)
        await eventually(lambda: statuses(worker), until=lambda found: found["over"] == "EXPIRED")
        [due] = await eventually(lambda: worker.recorded("contract.renewal-due"))
        await tick(worker)
        with travel(NINE + timedelta(days=8)):
            await tick(worker)
            [service] = await eventually(lambda: worker.recorded("contract.service-due"))
            assert await worker.republish_jobs() >= 3
    assert due.data["renewalDate"] == "2027-03-02"
    assert service.data["serviceDate"] == "2027-03-02"
    assert service.data["contractId"] == due.data["contractId"]
    for told in ("contract.renewal-due", "contract.service-due", "contract.expired"):
        assert len(await worker.recorded(told)) == 1
    assert await statuses(worker) == {"soon": "ACTIVE", "later": "ACTIVE", "over": "EXPIRED"}


async def test_nobody_is_reminded_while_the_flag_is_off_but_contracts_end(
    run_worker: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLAG_MAINTENANCE_REMINDERS_ENABLED", "off")
    worker = await run_worker("devices")
    await deliver(worker, "soon", on=datetime(2026, 3, 2, 10, tzinfo=UTC))
    await deliver(worker, "over", on=datetime(2026, 2, 9, 10, tzinfo=UTC))
    with travel(NINE):
        await tick(worker)
        await eventually(lambda: statuses(worker), until=lambda found: found["over"] == "EXPIRED")
        await worker.jobs_done()
    assert await worker.recorded("contract.renewal-due") == []


async def test_a_check_of_a_contract_that_is_gone_or_ended_does_nothing(worker: RunningService) -> None:
    await deliver(worker, "soon", on=datetime(2026, 3, 2, 10, tzinfo=UTC))
    await worker.publish(CheckContractV1(contract_id=new_id()))
    await worker.publish_raw("JOBS", CheckContractV1.subject(), b"not JSON")
    [letter] = await eventually(worker.dead_letters)
    assert letter["reason"] == "invalid"
    await worker.jobs_done()
    assert await statuses(worker) == {"soon": "ACTIVE"}


async def test_the_broker_ticks_at_nine_in_paris_whatever_the_clocks_do(broker_url: str) -> None:
    await topology.apply(broker_url)
    client = await nats.connect(broker_url)
    try:
        schedule = await client.jetstream().get_last_msg("SCHEDULES", "axtech.schedules.devices.maintenance-reminders")
    finally:
        await client.close()
    assert schedule.headers is not None
    assert schedule.headers["Nats-Schedule"] == "0 0 9 * * *"
    assert schedule.headers["Nats-Schedule-Time-Zone"] == "Europe/Paris"
