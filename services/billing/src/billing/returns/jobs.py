"""The job of the `billing` queue about return files, and the schedule that fetches them."""

from common.contracts.enums import ReturnType
from common.contracts.jobs import IngestReturnV1
from common.events.dead_letters import explain
from common.events.envelope import Received

from billing.queue import jobs, schedules
from billing.resources import BillingResources
from billing.returns import intake, repository, service
from billing.returns.ingest import ingest
from billing.returns.models import ReturnStatus


@jobs.on(IngestReturnV1)
async def ingest_return(resources: BillingResources, job: Received[IngestReturnV1]) -> None:
    """Read a stored file. The layouts of ARL, ARO and others are not known: they are kept as they came."""
    async with resources.database.transaction() as session:
        file = await repository.file(session, job.data.return_id)
        if file is None or file.status is not ReturnStatus.RECEIVED:
            return
        if file.return_type is not ReturnType.NOEMIE:
            await service.booked(session, file.id, [])
            return
    await ingest(resources, file.id, file.raw_file_storage_key)


@jobs.on_exhausted(IngestReturnV1)
async def ingestion_exhausted(resources: BillingResources, job: Received[IngestReturnV1], error: BaseException) -> None:
    """Say so on the return."""
    async with resources.database.transaction() as session:
        await service.interrupted(session, job.data.return_id, explain(error))


@schedules.on("return-file-ingestion")
async def return_file_ingestion(resources: BillingResources) -> None:
    """Take in the return files that have come."""
    await intake.collect(resources)
