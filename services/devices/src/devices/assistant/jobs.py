"""The check of conversations that wait for the user to say whether there is danger."""

from datetime import timedelta

from common.clock import now

from devices.assistant import service
from devices.queue import schedules
from devices.resources import DevicesResources

_AT_ONCE = 100


@schedules.on("danger-left-open")
async def danger_left_open(resources: DevicesResources) -> None:
    """Give to a human every conversation in which the question has gone unanswered for too long."""
    before = now() - timedelta(minutes=resources.settings.danger_minutes)
    found = _AT_ONCE
    while found == _AT_ONCE:
        async with resources.database.transaction() as session:
            found = await service.hand_over_left_open(session, before, _AT_ONCE)
