"""`/cases/{id}/notes`: who writes and reads which."""

from typing import Any

from common.contracts.enums import Role
from common.testing.keys import actor


async def test_patients_see_and_write_visible_notes_only(desk: Any) -> None:
    case = await desk.case()
    path = f"/cases/{case['id']}/notes"
    await desk.ops.post(path, json={"content": "à vérifier"})
    await desk.ops.post(path, json={"content": "bonjour", "isInternal": False})
    mine = await desk.mine.post(path, json={"content": "merci"})
    assert (mine.status_code, mine.json()["isInternal"]) == (201, False)
    assert (await desk.mine.post(path, json={"content": "secret", "isInternal": True})).status_code == 403
    async with desk.client(actor(Role.PATIENT, proxy_for=frozenset({desk.patient_id}))) as proxy:
        await proxy.post(path, json={"content": "je suis sa fille"})
        seen = [note["content"] for note in (await proxy.get(path)).json()["items"]]
    assert seen == ["je suis sa fille", "merci", "bonjour"]
    everything = [note["content"] for note in (await desk.ops.get(path)).json()["items"]]
    assert everything == [*seen, "à vérifier"]


async def test_what_each_role_may(desk: Any) -> None:
    doctor = actor(Role.PRESCRIBER)
    prescription = await desk.prescription(prescriberId=str(doctor.prescriber_id))
    body = {"patientId": str(desk.patient_id), "prescriptionId": prescription["id"]}
    case = (await desk.ops.post("/cases", json=body)).json()
    path = f"/cases/{case['id']}/notes"
    expected = {
        actor(Role.PATIENT): (404, 404),
        doctor: (403, 403),
        actor(Role.OPS): (201, 200),
        actor(Role.BILLING): (201, 200),
        actor(Role.TECHNICIAN): (403, 404),
        actor(Role.COMPLIANCE_ADMIN): (403, 200),
    }
    for somebody, statuses in expected.items():
        async with desk.client(somebody) as client:
            written = await client.post(path, json={"content": "x"})
            assert (written.status_code, (await client.get(path)).status_code) == statuses, somebody.role


async def test_a_note_has_one_to_5000_characters_and_stays_out_of_the_audit_log(desk: Any) -> None:
    path = f"/cases/{(await desk.case())['id']}/notes"
    for content, status in (("", 400), ("   ", 400), ("é" * 5001, 400), ("é" * 5000, 201)):
        assert (await desk.ops.post(path, json={"content": content})).status_code == status
    await desk.ops.get(path)
    entries = await desk.running.recorded("audit.recorded")
    assert [entry.data["action"] for entry in entries][-2:] == ["note.create", "note.list"]
    assert all("éé" not in str(entry.data) for entry in entries)
