"""The job that opens the tickets of a recall."""

from common.contracts.jobs import OpenRecallTicketsV1
from common.events.envelope import Received

from devices.queue import jobs
from devices.recalls import service
from devices.resources import DevicesResources


@jobs.on(OpenRecallTicketsV1)
async def open_recall_tickets(resources: DevicesResources, job: Received[OpenRecallTicketsV1]) -> None:
    """Open a ticket for every device concerned, some in each transaction; goes on where it was interrupted."""
    more = True
    while more:
        async with resources.database.transaction() as session:
            more = await service.open_some_tickets(session, job.data.recall_id, resources.settings.repair_deadlines)
