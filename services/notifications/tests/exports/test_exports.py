"""What a patient who asks for everything is given of notifications."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from common.ids import new_id
from common.testing import RunningService

Add = Callable[..., Awaitable[UUID]]


async def test_identity_alone_reads_all_that_one_user_was_sent(api: RunningService, add: Add) -> None:
    me = new_id()
    own = [await add(api, recipient_id=me, status="SENT") for _ in range(2)]
    await add(api, status="SENT")
    async with api.internal("identity") as identity, api.internal("billing") as billing:
        found = (await identity.get(f"/users/{me}/notifications")).json()
        assert (await billing.get(f"/users/{me}/notifications")).status_code == 403
    assert ({one["id"] for one in found["items"]}, found["nextCursor"]) == ({str(one) for one in own}, None)
