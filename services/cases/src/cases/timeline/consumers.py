"""Events of all services, kept as the story of a case."""

from uuid import UUID

from common.contracts.map import consumer
from common.events.consume import EventConsumer
from common.events.contract import Event
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from cases.timeline import repository
from cases.timeline.domain import summary

timeline = EventConsumer("cases", "timeline")


@timeline.on(*consumer("cases", "timeline").events)
async def on_event(session: AsyncSession, event: Received[Event]) -> None:
    """Keep it under its case, or under its prescription where there is no case yet; nothing for any other."""
    envelope = event.envelope
    case_id, prescription_id = _about(event.data)
    if case_id is None and prescription_id is None:
        return
    await repository.add(
        session,
        {
            "id": envelope.id,
            "case_id": case_id,
            "prescription_id": prescription_id,
            "type": envelope.name,
            "service": envelope.service,
            "occurred_at": envelope.time,
            "actor_id": envelope.actorid,
            "summary": summary(envelope.name, envelope.data),
            "data": envelope.data,
        },
    )


def _about(event: Event) -> tuple[UUID | None, UUID | None]:
    """The case and the prescription an event names; some events of the map name one only now and then."""
    case_id: UUID | None = getattr(event, "case_id", None)
    prescription_id: UUID | None = getattr(event, "prescription_id", None)
    return case_id, prescription_id
