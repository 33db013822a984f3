"""`/devices/recalls`."""

from typing import Any
from uuid import UUID

from common.http import CurrentActor, Cursor, Limit, Page, RequestSession, api_router, page_of
from common.http.pages import DEFAULT_LIMIT

from devices.recalls import policies, repository, service
from devices.recalls.models import Recall
from devices.recalls.schemas import NewRecall, RecallBody, RecalledDevice, RecallProgress

router = api_router("recalls")


@router.post("/devices/recalls", status_code=202, response_model=RecallBody)
async def start_recall(body: NewRecall, actor: CurrentActor, session: RequestSession) -> Recall:
    """Recall the devices of a product, or of a range of serial numbers: each in service gets a ticket."""
    return await service.start(session, actor, body)


@router.get("/devices/recalls", response_model=Page[RecallBody])
async def list_recalls(
    actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """List recalls, newest first."""
    policies.may_read(actor)
    return page_of(await repository.recalls(session, cursor, limit), limit)


@router.get("/devices/recalls/{recall_id}", response_model=RecallProgress)
async def read_recall(recall_id: UUID, actor: CurrentActor, session: RequestSession) -> RecallProgress:
    """One recall, and how far it is."""
    recall = await service.read(session, actor, recall_id)
    tickets, settled = await repository.progress(session, recall.id)
    body = RecallBody.model_validate(recall)
    return RecallProgress(**dict(body), tickets=tickets, settled=settled)


@router.get("/devices/recalls/{recall_id}/devices", response_model=Page[RecalledDevice])
async def list_recalled_devices(
    recall_id: UUID, actor: CurrentActor, session: RequestSession, cursor: Cursor, limit: Limit = DEFAULT_LIMIT
) -> dict[str, Any]:
    """The devices of a recall: who has each, and its ticket."""
    recall = await service.read(session, actor, recall_id)
    return page_of(await repository.devices(session, recall.id, cursor, limit), limit)
