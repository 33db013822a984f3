"""`/claims/denials`."""

from datetime import date
from typing import Any

from common.http import CurrentActor, RequestSession, api_router

from billing.denials import service
from billing.denials.schemas import DenialStatistics

reads = api_router("denials")


@reads.get("/claims/denials", response_model=DenialStatistics)
async def denial_statistics(
    actor: CurrentActor, session: RequestSession, start: date | None = None, end: date | None = None
) -> dict[str, Any]:
    """Statistics of denials by code and by cause."""
    return await service.statistics(session, actor, start, end)
