"""`/claims/reconciliation`."""

from datetime import date

from common import audit
from common.http import CurrentActor, RequestSession, api_router, edge_route
from starlette.responses import StreamingResponse

from billing.claims import policies
from billing.reconciliation import service
from billing.reconciliation.models import Reconciliation
from billing.reconciliation.schemas import ReconciliationBody
from billing.resources import RequestResources

reads = api_router("reconciliation")
writes = api_router("reconciliation", route_class=edge_route(limit="billing"))


@reads.get("/claims/reconciliation", response_model=ReconciliationBody)
async def read_reconciliation(actor: CurrentActor, session: RequestSession, day: date | None = None) -> Reconciliation:
    """A day's reconciliation, or the latest: claimed, accepted, paid, outstanding by age, and what disagrees."""
    return await service.read(session, actor, day)


@writes.post("/claims/reconciliation", status_code=201, response_model=ReconciliationBody)
async def make_reconciliation(
    actor: CurrentActor, session: RequestSession, resources: RequestResources
) -> Reconciliation:
    """Reconcile now, in the place of an earlier one of today."""
    policies.may_bill(actor)
    audit.record(session, "billing", "reconciliation.make", "User", actor.user_id)
    return await service.make(resources)


@reads.get(
    "/claims/reconciliation/csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "One row for each claim that was sent"}},
)
async def export_reconciliation(
    actor: CurrentActor, session: RequestSession, resources: RequestResources, day: date | None = None
) -> StreamingResponse:
    """A day's reconciliation as CSV, or the latest."""
    found = await service.read(session, actor, day)
    rows = resources.storage.stream(resources.returns_bucket, found.csv_storage_key)
    name = f"reconciliation-{found.day.isoformat()}.csv"
    return StreamingResponse(
        rows, media_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
