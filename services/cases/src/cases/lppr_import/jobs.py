"""The `cases` queue."""

from common.contracts.jobs import ImportLpprV1
from common.events.consume import JobWorker
from common.events.envelope import Received

from cases.lppr_import import service
from cases.resources import CasesResources

jobs = JobWorker[CasesResources]("cases")


@jobs.on(ImportLpprV1)
async def on_import(resources: CasesResources, job: Received[ImportLpprV1]) -> None:
    """Read an export into the catalogue."""
    await service.run(resources.database, job.data.import_id)


@jobs.on_exhausted(ImportLpprV1)
async def on_given_up(resources: CasesResources, job: Received[ImportLpprV1], _error: BaseException) -> None:
    """Tell whoever polls that it will not be done."""
    await service.fail(resources.database, job.data.import_id, "the import failed again and again")
