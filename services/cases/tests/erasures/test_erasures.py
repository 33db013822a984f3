"""What is left of what was written about somebody who was forgotten."""

from typing import Any
from uuid import UUID

from common.contracts.identity import PatientErasedV1
from common.ids import new_id
from common.testing import eventually

WORDS = "douleurs depuis la chute"


async def test_an_erasure_takes_free_words_and_leaves_what_was_prescribed_and_quoted(working_desk: Any) -> None:
    desk = working_desk
    other = await desk.case(patient_id=new_id())
    prescription = await desk.prescription(clinicalNotes=WORDS)
    body = {"patientId": str(desk.patient_id), "prescriptionId": prescription["id"]}
    case = (await desk.ops.post("/cases", json=body)).json()
    for written in (case, other):
        await desk.ops.post(f"/cases/{written['id']}/notes", json={"content": WORDS})
        await desk.ops.post(f"/cases/{written['id']}/tasks", json={"taskType": "OTHER", "title": WORDS})
    gone = {"to": "CANCELLED", "reason": WORDS}
    assert (await desk.mine.post(f"/cases/{case['id']}/transitions", json=gone)).status_code == 200
    # Nothing readable, an unknown patient, and the patient twice: the last is handled all the same, and once.
    await desk.running.publish_raw("IDENTITY", PatientErasedV1.subject(), b'{"not": "an event"}')
    await desk.running.publish(PatientErasedV1(patient_id=new_id(), user_id=new_id()))
    await desk.running.publish(PatientErasedV1(patient_id=desk.patient_id, user_id=desk.patient.user_id), times=2)

    async def notes() -> list[str]:
        found = (await desk.ops.get(f"/cases/{case['id']}/notes")).json()["items"]
        return [note["content"] for note in found]

    assert await eventually(notes, until=lambda found: WORDS not in found) == ["Effacé"]
    rows = await desk.running.resources.database.reads.fetch(
        "SELECT title, description FROM case_tasks WHERE case_id = $1", UUID(case["id"])
    )
    assert all(WORDS not in str(dict(row)) for row in rows)
    assert (await desk.ops.get(f"/prescriptions/{prescription['id']}")).json()["clinicalNotes"] is None
    reasons = await desk.running.resources.database.reads.fetch(
        "SELECT reason FROM case_transitions WHERE case_id = $1", UUID(case["id"])
    )
    assert {row["reason"] for row in reasons} == {None}
    assert (await desk.read(case["id"]))["status"] == "CANCELLED"
    untouched = (await desk.ops.get(f"/cases/{other['id']}/notes")).json()["items"]
    assert [note["content"] for note in untouched] == [WORDS]
    erased = [each.data for each in await desk.running.recorded("audit.recorded") if "erase" in each.data["action"]]
    assert [entry["objectId"] for entry in erased].count(str(desk.patient_id)) == 1
    [letter] = await desk.running.dead_letters()
    assert (letter["consumer"], letter["reason"]) == ("cases-erasures", "invalid")
