"""`/break-glass`."""

from common.http import CurrentActor, RequestSession, api_router

from identity.emergencies import service
from identity.emergencies.schemas import Emergency, Granted
from identity.resources import ResourcesOf

router = api_router("break-glass")


@router.post("/break-glass", status_code=201, response_model=Granted)
async def break_glass(body: Emergency, actor: CurrentActor, resources: ResourcesOf, session: RequestSession) -> Granted:
    """Open the reading of one patient's records for 60 minutes; every read goes on record."""
    grant = await service.break_glass(resources, session, actor, body)
    return Granted(grant_id=grant.id, expires_at=grant.expires_at)
