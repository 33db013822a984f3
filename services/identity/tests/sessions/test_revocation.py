"""Ended sessions and outdated tokens, through the broker, as every service hears of them."""

import nats
from common.auth.revocations import Revocations
from common.clock import now
from common.contracts.enums import Role
from common.contracts.jobs import OutdateTokensV1, RevokeSessionV1
from common.events.topology import REVOCATIONS
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor
from common.testing.running import lose_stream
from identity.sessions import endings
from identity.testing import People


async def _entries(identity: RunningService) -> dict[str, bytes]:
    """What is in the bucket now."""
    client = await nats.connect(identity.nats_url or "")
    try:
        bucket = await client.jetstream().key_value(REVOCATIONS)
        return {key: (await bucket.get(key)).value or b"" for key in await bucket.keys()}
    except nats.js.errors.NoKeysError:
        return {}
    finally:
        await client.close()


async def _told(identity: RunningService) -> Revocations:
    """What a service that reads the bucket now would know."""
    known = Revocations()
    for key, value in (await _entries(identity)).items():
        known.apply(key, value)
    return known


async def test_an_ended_session_is_refused_by_its_access_token_too(identity_worker: RunningService) -> None:
    people = People(identity_worker)
    patient = await people.patient()
    kept = await people.client(patient)
    async with kept, await people.client(patient) as leaving:
        assert (await leaving.post("/auth/logout")).status_code == 204

        async def status() -> int:
            return (await leaving.get("/users/me")).status_code

        assert await eventually(status, until=lambda code: code == 401) == 401
        refused = await leaving.get("/users/me")
        assert refused.json()["error"]["code"] == "AUTH_SESSION_REVOKED"
        assert (await kept.get("/users/me")).status_code == 200


async def test_a_suspended_user_is_out_everywhere(identity_worker: RunningService) -> None:
    people = People(identity_worker)
    patient = await people.patient()
    async with await people.client(patient) as client, identity_worker.client(actor(Role.OPS)) as ops:
        await ops.patch(f"/users/{patient.user_id}", json={"status": "SUSPENDED"})

        async def status() -> int:
            return (await client.get("/users/me")).status_code

        assert await eventually(status, until=lambda code: code == 401) == 401


async def test_jobs_delivered_twice_change_nothing_more(identity_worker: RunningService) -> None:
    session_id, user_id = new_id(), new_id()
    await identity_worker.publish(RevokeSessionV1(session_id=session_id), times=2)
    await identity_worker.publish(OutdateTokensV1(user_id=user_id), times=2)

    async def both() -> bool:
        known = await _told(identity_worker)
        return known.session_revoked(session_id) and known.outdated(user_id, now().timestamp() - 60)

    assert await eventually(both)
    assert not (await _told(identity_worker)).outdated(user_id, now().timestamp() + 60)
    assert await identity_worker.dead_letters() == []


async def test_a_broker_that_lost_its_disk_is_told_of_revocations_again(identity_worker: RunningService) -> None:
    people = People(identity_worker)
    patient = await people.patient()
    async with await people.client(patient) as leaving:
        await leaving.post("/auth/logout")
    async with identity_worker.resources.database.transaction() as session:
        endings.outdate(session, patient.user_id)
    await identity_worker.jobs_done()
    before = await _entries(identity_worker)
    client = await nats.connect(identity_worker.nats_url or "")
    await lose_stream(client, f"KV_{REVOCATIONS}")
    await client.close()
    assert await _entries(identity_worker) == {}
    assert await identity_worker.republish_jobs() == len(before) == 2
    assert (await _entries(identity_worker)).keys() == before.keys()
    assert not (await _told(identity_worker)).outdated(patient.user_id, now().timestamp() + 60)
    assert await identity_worker.dead_letters() == []
