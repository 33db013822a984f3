"""The audit log: collected from every service, read by COMPLIANCE_ADMIN, proven."""

import json
import re
from argparse import Namespace
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import eq
from typing import Any

import asyncpg
import pytest
from common.clock import now
from common.contracts.audit import AUDIT_OF, ActorType, AuditRecorded
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor
from identity.audit_log import commands
from identity.testing import People
from identity.upkeep.schedules import housekeeping


def _told(service: str, **changes: Any) -> AuditRecorded:
    values = {
        "actor_id": new_id(),
        "actor_type": ActorType.USER,
        "action": "case.read",
        "object_type": "Case",
        "object_id": new_id(),
        "changes": {"status": {"before": None, "after": 1.5}},
        "ip_address": "192.0.2.1",
        "user_agent": "test",
        "request_id": "req_1",
        "occurred_at": now(),
    }
    return AUDIT_OF[service].model_validate(values | changes)


async def _count(identity: RunningService) -> int:
    return int(await identity.resources.database.reads.fetchval("SELECT count(*) FROM audit_events"))


async def _verified(identity: RunningService) -> dict[str, Any]:
    async with identity.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        answer = await compliance.get("/audit-events/verify")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _fill(identity: RunningService, count: int = 6) -> None:
    services = list(AUDIT_OF)
    for number in range(count):
        await identity.publish(_told(services[number % len(services)]))
    assert await eventually(lambda: _count(identity), until=lambda found: found == count)


async def test_entries_of_every_service_are_chained_once_each(identity_worker: RunningService) -> None:
    event = _told("cases")
    identifier = await identity_worker.publish(event, times=3)
    for service in AUDIT_OF:
        await identity_worker.publish(_told(service))
    await eventually(lambda: _count(identity_worker), until=lambda found: found > len(AUDIT_OF))
    async with identity_worker.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        [entry] = (await compliance.get("/audit-events", params={"objectId": str(event.object_id)})).json()["items"]
    assert entry == {
        "id": str(identifier),
        "position": entry["position"],
        "service": "cases",
        "actorId": str(event.actor_id),
        "actorType": "USER",
        "action": "case.read",
        "objectType": "Case",
        "objectId": str(event.object_id),
        "changes": {"status": {"before": None, "after": "1.5"}},
        "ipAddress": "192.0.2.1",
        "userAgent": "test",
        "requestId": "req_1",
        "timestamp": event.occurred_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    assert (await _verified(identity_worker))["valid"] is True


async def test_what_people_do_arrives_in_the_log(identity_worker: RunningService) -> None:
    people = People(identity_worker)
    patient = await people.patient()
    async with identity_worker.client(actor(Role.OPS)) as ops:
        await ops.get(f"/patients/{patient.profile_id}")

    async with identity_worker.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:

        async def reads() -> list[Any]:
            query = {"objectId": str(patient.profile_id), "action": "patient.read"}
            return list((await compliance.get("/audit-events", params=query)).json()["items"])

        [entry] = await eventually(reads)
    assert entry["requestId"].startswith("req_")
    assert entry["ipAddress"] == "127.0.0.1"


async def test_the_log_is_narrowed_and_paged(identity_worker: RunningService) -> None:
    who, moment = new_id(), now()
    for number in range(3):
        event = _told("cases", actor_id=who, occurred_at=moment - timedelta(hours=number))
        await identity_worker.publish(event)
    await identity_worker.publish(_told("billing"))
    await eventually(lambda: _count(identity_worker), until=lambda found: found == 4)
    async with identity_worker.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:

        async def found(**query: Any) -> list[Any]:
            answer = await compliance.get("/audit-events", params=query)
            assert answer.status_code == 200, answer.text
            return list(answer.json()["items"])

        assert len(await found(actorId=str(who))) == 3
        since = (moment - timedelta(minutes=90)).isoformat()
        until = (moment - timedelta(minutes=30)).isoformat()
        assert len(await found(**{"actorId": str(who), "from": since})) == 2
        assert len(await found(**{"actorId": str(who), "from": since, "to": until})) == 1
        assert await found(objectType="Case", action="case.delete") == []
        first = (await compliance.get("/audit-events", params={"actorId": str(who), "limit": 2})).json()
        rest = await found(actorId=str(who), limit=2, cursor=first["nextCursor"])
        assert len({entry["id"] for entry in [*first["items"], *rest]}) == 3
        assert (await compliance.get("/audit-events", params={"from": "yesterday"})).status_code == 400


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMPLIANCE_ADMIN])
async def test_nobody_else_reads_the_log(identity: RunningService, role: Role) -> None:
    async with identity.client(actor(role)) as client:
        assert (await client.get("/audit-events")).status_code == 403
        assert (await client.get("/audit-events/verify")).status_code == 403


async def test_an_empty_log_is_valid(identity: RunningService) -> None:
    assert await _verified(identity) == {"valid": True, "checked": 0, "firstInvalid": None}


Tamper = Callable[[asyncpg.Connection, list[Any]], Awaitable[Any]]


async def _change(database: asyncpg.Connection, ids: list[Any]) -> Any:
    await database.execute("UPDATE audit_events SET action = 'case.update' WHERE id = $1", ids[2])
    return ids[2]


async def _remove(database: asyncpg.Connection, ids: list[Any]) -> Any:
    await database.execute("DELETE FROM audit_events WHERE id = $1", ids[2])
    return ids[3]


async def _remove_last(database: asyncpg.Connection, ids: list[Any]) -> Any:
    await database.execute("DELETE FROM audit_events WHERE id = $1", ids[-1])
    return ids[-1]


async def _insert(database: asyncpg.Connection, ids: list[Any]) -> Any:
    forged = new_id()
    await database.execute(
        "INSERT INTO audit_events SELECT $1, timestamp, position, service, actor_id, actor_type, action, object_type, "
        "object_id, changes, ip_address, user_agent, request_id, previous_hash, hash FROM audit_events WHERE id = $2",
        forged,
        ids[2],
    )
    return forged


async def _move(database: asyncpg.Connection, ids: list[Any]) -> Any:
    await database.execute("UPDATE audit_events SET timestamp = timestamp - interval '1 day' WHERE id = $1", ids[0])
    return ids[0]


@pytest.mark.parametrize("tamper", [_change, _remove, _remove_last, _insert, _move])
async def test_what_a_superuser_does_to_the_log_is_found(
    identity_worker: RunningService, servers: Any, tamper: Tamper
) -> None:
    await _fill(identity_worker)
    assert await _verified(identity_worker) == {"valid": True, "checked": 6, "firstInvalid": None}
    rows = await identity_worker.resources.database.reads.fetch("SELECT id FROM audit_events ORDER BY position")
    name = await identity_worker.resources.database.reads.fetchval("SELECT current_database()")
    superuser = await asyncpg.connect(servers.postgres, database=name)
    try:
        await superuser.execute("SET session_replication_role = replica")  # silences triggers
        expected = await tamper(superuser, [row["id"] for row in rows])
    finally:
        await superuser.close()
    verified = await _verified(identity_worker)
    assert verified["valid"] is False
    assert verified["firstInvalid"] == str(expected)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET action = 'x'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "INSERT INTO audit_events_default SELECT * FROM audit_events",
        "DELETE FROM audit_chain",
        "DROP TABLE audit_events",
    ],
)
async def test_the_service_itself_cannot_rewrite_the_log(identity: RunningService, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await identity.resources.database.reads.execute(statement)


async def test_partitions_are_made_ahead_and_entries_go_into_their_months(identity_worker: RunningService) -> None:
    await housekeeping(identity_worker.resources)
    await _fill(identity_worker, 1)
    reads = identity_worker.resources.database.reads
    partitions = await reads.fetch("SELECT inhrelid::regclass::text AS name FROM pg_inherits ORDER BY 1")
    months = [row["name"] for row in partitions if re.fullmatch(r"audit_events_\d{6}", row["name"])]
    assert len(months) == 5
    held_by = await reads.fetchval("SELECT tableoid::regclass::text FROM audit_events")
    assert held_by == f"audit_events_{now():%Y%m}"


async def test_a_poisoned_entry_is_kept_aside_and_the_chain_goes_on(identity_worker: RunningService) -> None:
    await identity_worker.publish_raw("CASES", "axtech.cases.audit.recorded", b'{"specversion": "1.0"}')
    await _fill(identity_worker, 1)
    [buried] = await eventually(identity_worker.dead_letters)
    assert buried["consumer"] == "identity-audit"
    assert (await _verified(identity_worker))["valid"] is True


async def test_after_five_years_a_month_leaves_the_log_and_the_chain_still_holds(
    identity_worker: RunningService, servers: Any
) -> None:
    reads = identity_worker.resources.database.reads
    name = await reads.fetchval("SELECT current_database()")
    superuser = await asyncpg.connect(servers.postgres, database=name)
    try:
        await superuser.execute(
            "CREATE TABLE audit_events_201903 PARTITION OF audit_events "
            "FOR VALUES FROM ('2019-03-01') TO ('2019-04-01')"
        )
        await superuser.execute("ALTER TABLE audit_events_201903 OWNER TO identity_owner")
    finally:
        await superuser.close()
    old = datetime(2019, 3, 14, tzinfo=UTC)
    for number, moment in enumerate((old, old, now(), old, now()), start=1):
        await identity_worker.publish(_told("cases", occurred_at=moment))
        await eventually(lambda: _count(identity_worker), until=partial(eq, number))
    assert await _verified(identity_worker) == {"valid": True, "checked": 5, "firstInvalid": None}
    await housekeeping(identity_worker.resources)
    await housekeeping(identity_worker.resources)
    assert await _count(identity_worker) == 2
    assert await _verified(identity_worker) == {"valid": True, "checked": 2, "firstInvalid": None}
    runs = await reads.fetch("SELECT first_position, last_position FROM audit_retired ORDER BY 1")
    assert [tuple(run) for run in runs] == [(1, 2), (4, 4)]
    await identity_worker.publish(_told("cases"))
    await eventually(lambda: _count(identity_worker), until=lambda found: found == 3)
    assert (await _verified(identity_worker))["valid"] is True


async def test_the_command_verifies_and_tells_by_its_exit_code(
    identity_worker: RunningService, servers: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    await _fill(identity_worker, 2)
    assert await commands.run(identity_worker.resources, Namespace()) == 0
    assert json.loads(capsys.readouterr().out) == {"valid": True, "checked": 2, "firstInvalid": None}
    name = await identity_worker.resources.database.reads.fetchval("SELECT current_database()")
    superuser = await asyncpg.connect(servers.postgres, database=name)
    try:
        await superuser.execute("SET session_replication_role = replica")
        await superuser.execute("UPDATE audit_events SET changes = NULL")
    finally:
        await superuser.close()
    assert await commands.run(identity_worker.resources, Namespace()) == 1
    assert json.loads(capsys.readouterr().out)["valid"] is False
