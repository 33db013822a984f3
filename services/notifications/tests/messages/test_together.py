"""Many announcements addressed at once."""

import asyncio
from typing import Any

from common.contracts import cases
from common.ids import new_id
from common.testing import RunningService, eventually
from notifications.messages import addressing
from notifications.messages.domain import AudienceKind
from notifications.messages.models import Announcement, AnnouncementState
from notifications.testing import FakeIdentity, Mailbox, examples

OPENED = cases.CaseOpenedV1


async def pending(running: RunningService, *patients: Any) -> list[Any]:
    """An announcement for each of the patients."""
    ids = [new_id() for _ in patients]
    async with running.resources.database.transaction() as session:
        for identifier, patient_id in zip(ids, patients, strict=True):
            context = {"caseId": str(new_id()), "caseNumber": "AX-2026-000123"}
            about: dict[str, Any] = {"subject_id": new_id(), "subject_version": 1, "case_id": None}
            session.add(
                Announcement(
                    id=identifier,
                    event_id=new_id(),
                    template_id="case.opened",
                    audience=AudienceKind.PATIENT,
                    audience_id=patient_id,
                    context=context,
                    **about,
                )
            )
    return ids


async def states(running: RunningService) -> list[str]:
    rows = await running.resources.database.reads.fetch("SELECT state FROM announcements ORDER BY id")
    return [row["state"] for row in rows]


async def test_one_job_does_the_work_of_those_behind_it(api: RunningService, identity: FakeIdentity) -> None:
    people = [identity.patient() for _ in range(3)]
    first, *others = await pending(api, *(patient_id for patient_id, _ in people))
    await addressing.address(api.resources, first)
    assert await states(api) == [AnnouncementState.ADDRESSED] * 3
    for identifier in others:
        await addressing.address(api.resources, identifier)
    rows = await api.resources.database.reads.fetch("SELECT recipient_id FROM notifications")
    assert sorted(row["recipient_id"] for row in rows) == sorted(user_id for _, user_id in people)
    assert len(await api.recorded("notifications.deliver-notification")) == 3


async def test_what_cannot_be_addressed_is_left_to_its_own_job(api: RunningService, identity: FakeIdentity) -> None:
    known = [identity.patient()[0] for _ in range(2)]
    first, unknown, _ = await pending(api, known[0], new_id(), known[1])
    await addressing.address(api.resources, first)
    assert await states(api) == ["ADDRESSED", "PENDING", "ADDRESSED"]
    errors = await asyncio.gather(addressing.address(api.resources, unknown), return_exceptions=True)
    assert "identity knows no PATIENT" in str(errors[0])


async def test_jobs_at_the_same_time_address_each_once(api: RunningService, identity: FakeIdentity) -> None:
    somebody, _ = identity.patient()
    ids = await pending(api, *[somebody] * 60)
    await asyncio.gather(*(addressing.address(api.resources, identifier) for identifier in ids))
    assert set(await states(api)) == {"ADDRESSED"}
    reads = api.resources.database.reads
    waiting = "SELECT count(*) FILTER (WHERE held_for = 'DIGEST') AS waiting, count(*) AS made FROM notifications"
    row = await reads.fetchrow(waiting)
    after = api.resources.settings.digest_after
    assert row is not None
    assert (row["made"], row["waiting"]) == (60, 60 - after), (
        "also of those addressed together, only so many come alone"
    )
    assert len(await api.recorded("notifications.deliver-notification")) == after


async def test_many_events_at_once_are_each_told_once(
    worker: RunningService, mailbox: Mailbox, identity: FakeIdentity
) -> None:
    people = [identity.patient() for _ in range(30)]
    unknown = new_id()
    for patient_id, _ in people:
        await worker.publish(examples(patient_id)[OPENED], times=2)
    await worker.publish(examples(unknown)[OPENED])

    async def sent() -> bool:
        count = await worker.resources.database.reads.fetchval(
            "SELECT count(*) FROM notifications WHERE status = 'SENT'"
        )
        return bool(count == len(people))

    await eventually(sent)
    [dead] = await eventually(worker.dead_letters)
    assert str(unknown) in dead["error"]
    for _, user_id in people:
        assert len(await mailbox.sent(identity.email(user_id))) == 1
