"""The daily check of maintenance contracts, and the job that does what it finds."""

from common import flags
from common.clock import today
from common.contracts.jobs import CheckContractV1
from common.events import outbox
from common.events.envelope import Received

from devices.maintenance import repository, upkeep
from devices.queue import jobs, schedules
from devices.resources import DevicesResources

REMINDERS = "maintenance.reminders.enabled"
_AT_ONCE = 500


@schedules.on("maintenance-reminders")
async def maintenance_reminders(resources: DevicesResources) -> None:
    """Have every contract checked that something may have to be done about until today."""
    last = None
    while True:
        async with resources.database.transaction() as session:
            rules = resources.settings.upkeep_rules
            found = await repository.to_check(session, today(), rules, last, _AT_ONCE)
            for contract_id in found:
                outbox.record(session, CheckContractV1(contract_id=contract_id), of=contract_id)
        if len(found) < _AT_ONCE:
            return
        last = found[-1]


@jobs.on(CheckContractV1)
async def check_contract(resources: DevicesResources, job: Received[CheckContractV1]) -> None:
    """Remind of what is coming for a contract, or end it."""
    async with resources.database.transaction() as session:
        rules = resources.settings.upkeep_rules
        await upkeep.check(session, job.data.contract_id, rules, remind=flags.enabled(REMINDERS))
