"""What is left of somebody who was forgotten."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from common.contracts.enums import Role
from common.contracts.identity import PatientErasedV1
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor

Add = Callable[..., Awaitable[UUID]]


async def test_nothing_tells_any_more_where_a_forgotten_patient_was_reached(worker: RunningService, add: Add) -> None:
    database, me = worker.resources.database, actor(Role.PATIENT)
    own = await add(worker, recipient_id=me.user_id, status="BOUNCED", address_index="1" * 64)
    other = await add(worker, status="SENT", address_index="2" * 64)
    await database.reads.execute(
        "INSERT INTO dead_addresses (id, channel, address_index, user_id, notification_id, reason) "
        "VALUES ($1, 'EMAIL', $2, $3, $4, 'BREVO hard_bounce')",
        new_id(),
        "1" * 64,
        me.user_id,
        own,
    )
    await worker.client(me).put("/notifications/preferences", json={"reminders": False})
    await worker.publish_raw("IDENTITY", PatientErasedV1.subject(), b"{}")
    await worker.publish(PatientErasedV1(patient_id=new_id(), user_id=me.user_id), times=2)

    async def left() -> tuple[int, int]:
        kept = "SELECT (SELECT count(*) FROM dead_addresses), (SELECT count(*) FROM unsubscriptions)"
        return tuple(await database.reads.fetchrow(kept))

    await eventually(left, until=lambda counts: counts == (0, 0))
    rows = await database.reads.fetch("SELECT id, address_index FROM notifications ORDER BY id")
    assert {row["id"]: row["address_index"] for row in rows} == {own: None, other: "2" * 64}
    [letter] = await worker.dead_letters()
    assert (letter["consumer"], letter["reason"]) == ("notifications-erasures", "invalid")
