"""`/patients`: own profile, what staff see, search and lookup."""

from typing import Any

import httpx
import pytest
from common.contracts.enums import Role
from common.testing import RunningService
from common.testing.keys import actor
from identity.testing import NIR, People

MASKED = "***********1193"
ALL_SEEING = (Role.OPS, Role.BILLING, Role.COMPLIANCE_ADMIN)
CHANGES = {"address": {"line1": "12 rue des Lilas", "postalCode": "69003", "city": "Lyon"}, "contactPreference": "SMS"}


async def test_patients_read_and_change_their_own_profile(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with await people.client(patient) as client:
        read = await client.get(f"/patients/{patient.profile_id}")
        assert read.json()["nir"] == NIR
        changed = await client.patch(
            f"/patients/{patient.profile_id}", json=CHANGES, headers={"If-Match": read.headers["etag"]}
        )
        assert changed.status_code == 200, changed.text
        assert changed.json()["address"] == {**CHANGES["address"], "line2": None, "country": "FR"}  # type: ignore[dict-item]
        stale = await client.patch(
            f"/patients/{patient.profile_id}", json=CHANGES, headers={"If-Match": read.headers["etag"]}
        )
        assert stale.status_code == 412
    [event] = await identity.recorded("patient.updated")
    assert event.data == {"patientId": str(patient.profile_id)}
    entries = [entry.data for entry in await identity.recorded("audit.recorded")]
    assert [entry["action"] for entry in entries if entry["objectType"] == "PatientProfile"] == [
        "patient.create",
        "patient.update",
    ]
    assert entries[-1]["changes"] == {
        "address": {"before": None, "after": "***"},
        "contactPreference": {"before": "EMAIL", "after": "SMS"},
    }


@pytest.mark.parametrize("role", [*ALL_SEEING, Role.PRESCRIBER, Role.TECHNICIAN, Role.PATIENT])
async def test_the_matrix_says_who_reads_a_patient(identity: RunningService, people: People, role: Role) -> None:
    patient = await people.patient()
    async with identity.client(actor(role)) as client:
        one = await client.get(f"/patients/{patient.profile_id}")
        listed = (await client.get("/patients")).json()["items"]
        found = (await client.post("/patients/search", json={"nir": NIR})).json()["items"]
    assert one.status_code == (200 if role in ALL_SEEING else 404)
    assert len(listed) == len(found) == (1 if role in ALL_SEEING else 0)
    if role in ALL_SEEING:
        assert one.json()["nir"] == (MASKED if role is Role.COMPLIANCE_ADMIN else NIR)
        entries = [entry.data for entry in await identity.recorded("audit.recorded")]
        assert entries[-3]["action"] == "patient.read"
        assert entries[-3]["objectId"] == str(patient.profile_id)


@pytest.mark.parametrize("role", list(Role))
async def test_only_the_patient_and_ops_change_a_profile(identity: RunningService, people: People, role: Role) -> None:
    patient = await people.patient()
    async with identity.client(actor(role)) as client:
        answer = await client.patch(f"/patients/{patient.profile_id}", json=CHANGES)
    expected = {Role.OPS: 200, Role.BILLING: 403, Role.COMPLIANCE_ADMIN: 403}
    assert answer.status_code == expected.get(role, 404)


async def test_a_proxy_reads_and_changes_as_the_patient_does(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    proxy = actor(Role.PATIENT, proxy_for=frozenset(filter(None, [patient.profile_id])))
    async with identity.client(proxy) as client:
        assert (await client.get(f"/patients/{patient.profile_id}")).json()["nir"] == NIR
        assert (await client.patch(f"/patients/{patient.profile_id}", json=CHANGES)).status_code == 200


async def _search(client: httpx.AsyncClient, **wanted: Any) -> list[str]:
    answer = await client.post("/patients/search", json=wanted)
    assert answer.status_code == 200, answer.text
    return [found["lastName"] for found in answer.json()["items"]]


async def test_staff_find_patients_by_like_names_numbers_and_birth_dates(
    identity: RunningService, people: People
) -> None:
    await people.patient()
    other = {"firstName": "Jean-Noël", "lastName": "O'Brien", "dateOfBirth": "1950-02-28", "nir": None}
    await people.patient(**other)
    async with identity.client(actor(Role.OPS)) as ops:
        assert await _search(ops, q="beranger") == ["Béranger"]
        assert await _search(ops, q="CAMILE BERANGE") == ["Béranger"]
        assert await _search(ops, q="jean noel obrien") == ["O'Brien"]
        assert await _search(ops, q="zzzz") == []
        assert await _search(ops, q="%%") == []
        assert await _search(ops, nir="2 95 10 99 126 111 93") == ["Béranger"]
        assert await _search(ops, dateOfBirth="1950-02-28") == ["O'Brien"]
        assert await _search(ops, q="beranger", dateOfBirth="1950-02-28") == []
        nothing = await ops.post("/patients/search", json={})
    assert nothing.status_code == 400


async def test_a_changed_nir_is_found_and_the_old_one_no_more(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with identity.client(actor(Role.OPS)) as ops:
        await ops.patch(f"/patients/{patient.profile_id}", json={"nir": "180126955222380"})
        assert await _search(ops, nir=NIR) == []
        assert await _search(ops, nir="180126955222380") == ["Béranger"]
        await ops.patch(f"/patients/{patient.profile_id}", json={"nir": None})
        assert await _search(ops, nir="180126955222380") == []


async def test_a_prescriber_looks_up_a_patient_by_exact_numbers(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with identity.client(actor(Role.PRESCRIBER)) as prescriber:
        found = await prescriber.post("/patients/lookup", json={"nir": NIR, "dateOfBirth": "1995-10-12"})
        missed = await prescriber.post("/patients/lookup", json={"nir": NIR, "dateOfBirth": "1995-10-13"})
    assert found.json() == {"patientId": str(patient.profile_id)}
    assert missed.status_code == 404
    actions = [entry.data["action"] for entry in await identity.recorded("audit.recorded")]
    assert actions[-2:] == ["patient.lookup", "patient.lookup-failed"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRESCRIBER])
async def test_nobody_else_looks_up_patients(identity: RunningService, role: Role) -> None:
    async with identity.client(actor(role)) as client:
        refused = await client.post("/patients/lookup", json={"nir": NIR, "dateOfBirth": "1995-10-12"})
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"nir": "123"}, "nir"),
        ({"lastName": None}, "lastName"),
        ({"lastName": "x" * 101}, "lastName"),
        ({"address": {"line1": "a", "postalCode": "69003", "city": "Lyon", "country": "France"}}, "address.country"),
        ({"mutuelle": {"name": {"nested": 1}}}, "mutuelle.name"),
        ({"carteVitaleNumber": "short"}, "carteVitaleNumber"),
        ({"userId": "00000000-0000-0000-0000-000000000000"}, "userId"),
    ],
)
async def test_a_bad_change_is_refused_naming_the_field(
    identity: RunningService, people: People, body: dict[str, Any], field: str
) -> None:
    patient = await people.patient()
    async with identity.client(actor(Role.OPS)) as ops:
        refused = await ops.patch(f"/patients/{patient.profile_id}", json=body)
    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == field


async def test_the_list_is_paged(identity: RunningService, people: People) -> None:
    made = [str((await people.register()).profile_id) for _ in range(3)]
    async with identity.client(actor(Role.OPS)) as ops:
        first = (await ops.get("/patients", params={"limit": 2})).json()
        second = (await ops.get("/patients", params={"limit": 2, "cursor": first["nextCursor"]})).json()
    assert [one["id"] for one in [*first["items"], *second["items"]]] == made[::-1]
