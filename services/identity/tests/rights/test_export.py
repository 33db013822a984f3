"""The export of all that is kept of a patient."""

import io
import json
import zipfile
from typing import Any

import httpx
import pytest
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor
from identity.rights.archive import archive
from identity.rights.gathering import SERVICES_TOTAL, Subject
from identity.rights.models import Export
from identity.rights.progress import Progress
from identity.testing import NIR, Account, People

CASE = {"id": "c1", "caseNumber": "AX-2026-000001", "status": "CLOSED", "createdAt": "2026-01-02T10:00:00Z"}
DOCUMENTS = [
    {"id": "d1", "filename": "../ordonnance.pdf", "scanStatus": "CLEAN"},
    {"id": "d2", "filename": "virus.pdf", "scanStatus": "INFECTED"},
]


async def _export(people: People, account: Account, patient: Account, **headers: str) -> httpx.Response:
    async with await people.client(account) as client:
        return await client.get(f"/patients/{patient.profile_id}/export", headers=headers)


def _opened(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        read = {name: archive.read(name) for name in archive.namelist()}
    return {name: json.loads(body) if name.endswith(".json") else body for name, body in read.items()}


async def test_a_patient_gets_all_parts_as_one_archive(people: People, elsewhere: Any) -> None:
    patient = await people.patient()
    elsewhere.lists |= {
        "/cases": [CASE, CASE | {"id": "c2"}],
        "/cases/c1/notes": [{"id": "n1", "content": "Bonjour"}],
        "/documents": DOCUMENTS,
        "/devices": [{"id": "v1", "serialNumber": "S-1"}],
        "/notifications": [{"id": "m1"}],
        "/conversations": [{"id": "t1", "messages": [{"text": "Bonjour"}]}],
        "/claims": [{"id": "k1"}, {"id": "k2"}],
    }
    elsewhere.refusals["GET /tickets"] = (403, {"error": {"message": "no"}})
    answer = await _export(people, patient, patient)
    assert answer.headers["content-type"] == "application/zip"
    found = _opened(answer)
    assert found["profile.json"]["nir"] == NIR
    assert found["account.json"]["email"] == patient.email
    assert {one["consentType"] for one in found["consents.json"]} == {"HEALTH_DATA", "TERMS_OF_SERVICE"}
    assert len(found["sessions.json"]) == 1
    assert [case["id"] for case in found["cases.json"]] == ["c1", "c2"]
    assert found["cases.json"][0]["notes"] == [{"id": "n1", "content": "Bonjour"}]
    assert found["devices.json"][0]["maintenance-contract"] is None
    assert found["notifications.json"] == [{"id": "m1"}]
    assert found["files/d1-_ordonnance.pdf"].startswith(b"%PDF")
    told = {part["name"]: part["status"] for part in found["manifest.json"]["parts"]}
    assert [claim["id"] for claim in found["claims.json"]] == ["k1", "k2"]
    assert found["conversations.json"][0]["messages"] == [{"text": "Bonjour"}]
    assert told["tickets"] == "NOT_PERMITTED"
    assert told["files/d2-virus.pdf"] == "NOT_CLEAN"
    assert found["manifest.json"]["complete"] is False
    asked = {(path.startswith("/internal/"), token) for _, path, token in elsewhere.asked if path != "/signed"}
    assert len({token for internal, token in asked if not internal}) == 1
    assert (
        len({token for internal, token in asked if internal} & {token for internal, token in asked if not internal})
        == 0
    )
    assert all(token.startswith("Bearer ") for _, token in asked)


async def test_compliance_gets_the_same_and_the_export_is_on_record(
    identity: RunningService, people: People, elsewhere: Any
) -> None:
    patient, officer = await people.patient(), await people.staff(Role.COMPLIANCE_ADMIN)
    elsewhere.lists |= {"/cases": [CASE], "/claims": [{"id": "k1"}], "/notifications": [{"id": "m1"}]}
    found = _opened(await _export(people, officer, patient))
    assert found["manifest.json"]["complete"] is True
    assert (len(found["claims.json"]), len(found["notifications.json"])) == (1, 1)
    assert any(path == f"/internal/v1/users/{patient.user_id}/notifications" for _, path, _ in elsewhere.asked)
    entries = [entry.data for entry in await identity.recorded("audit.recorded")]
    [entry] = [entry for entry in entries if entry["action"] == "patient.export"]
    assert (entry["actorId"], entry["objectId"]) == (str(officer.user_id), str(patient.profile_id))


async def test_as_json_for_those_who_ask_for_it(people: People, elsewhere: Any) -> None:
    patient = await people.patient()
    elsewhere.lists |= {"/cases": [CASE]}
    found = (await _export(people, patient, patient, Accept="application/json")).json()
    assert found["profile"]["lastName"] == "Béranger"
    assert found["cases"][0]["id"] == "c1"
    assert found["manifest"]["complete"] is True


async def test_a_service_that_is_away_leaves_a_gap_that_is_told(people: People, elsewhere: Any) -> None:
    patient = await people.patient()
    elsewhere.away.add("devices")
    found = _opened(await _export(people, patient, patient))
    told = {part["name"]: part["status"] for part in found["manifest.json"]["parts"]}
    assert (told["devices"], told["tickets"], told["cases"]) == ("UNAVAILABLE", "UNAVAILABLE", "OK")
    assert found["manifest.json"]["complete"] is False


async def test_whoever_waits_is_told_how_many_services_have_been_read(
    identity: RunningService, people: People, elsewhere: Any
) -> None:
    patient, other = await people.patient(), await people.patient()
    elsewhere.away.add("billing")
    seen: list[dict[str, Any]] = []
    answer_as_before = elsewhere.answer
    async with await people.client(patient) as client, await people.client(other) as stranger:
        path = f"/patients/{patient.profile_id}/exports"

        async def looking(request: httpx.Request) -> httpx.Response:
            """At each question to another service, look how far the export is."""
            seen.append((await client.get(path)).json()["items"][0])
            answer: httpx.Response = answer_as_before(request)
            return answer

        async with httpx.AsyncClient(transport=httpx.MockTransport(looking)) as asking:
            identity.resources.neighbours._client = identity.resources.services._client = asking
            answer = await client.get(f"/patients/{patient.profile_id}/export")
        ended = (await client.get(f"{path}/{answer.headers['export-id']}")).json()
        assert (await stranger.get(path)).status_code == 404
        assert (await stranger.get(f"/patients/{other.profile_id}/exports/{ended['id']}")).status_code == 404
    counts = [one["servicesDone"] for one in seen]
    assert (counts[0], counts[-1], counts == sorted(counts)) == (1, 5, True)
    assert {(one["state"], one["servicesTotal"], one["endedAt"]) for one in seen} == {("RUNNING", 6, None)}
    assert (ended["state"], ended["servicesDone"]) == ("INCOMPLETE", 6)
    assert {part["name"]: part["status"] for part in ended["parts"]}["claims"] == "UNAVAILABLE"
    assert {part["service"] for part in ended["parts"]} == {
        "identity", "cases", "documents", "devices", "notifications", "billing"
    }  # fmt: skip


async def test_an_export_whose_reader_goes_away_is_told_as_aborted(
    identity: RunningService, people: People, elsewhere: Any
) -> None:
    patient = await people.patient()
    assert patient.profile_id
    own: dict[str, Any] = {"profile": {}}
    subject = Subject(patient.profile_id, patient.user_id)
    async with identity.resources.database.transaction() as session:
        session.add(
            Export(
                id=(export_id := new_id()),
                patient_id=patient.profile_id,
                requested_by=patient.user_id,
                services_done=1,
                services_total=SERVICES_TOTAL,
                parts=[],
            )
        )
    caller = identity.resources.neighbours.as_caller("Bearer x")
    progress = Progress(identity.resources.database, export_id, own)
    pieces = archive(own, caller, identity.resources.services, subject, progress)
    assert await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    async with await people.client(patient) as client:
        told = (await client.get(f"/patients/{patient.profile_id}/exports/{export_id}")).json()
    assert (told["state"], told["endedAt"] is None) == ("ABORTED", False)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMPLIANCE_ADMIN])
async def test_nobody_else_exports_or_erases_a_patient(
    identity: RunningService, people: People, elsewhere: Any, role: Role
) -> None:
    patient = await people.patient()
    expected = 403 if role in {Role.OPS, Role.BILLING} else 404
    async with identity.client(actor(role)) as client:
        assert (await client.get(f"/patients/{patient.profile_id}/export")).status_code == expected
        assert (await client.post(f"/patients/{patient.profile_id}/erasure")).status_code == expected
        assert (await client.get(f"/patients/{patient.profile_id}/exports")).status_code == expected
    assert elsewhere.asked == []


async def test_a_proxy_uses_none_of_these_rights(identity: RunningService, people: People, elsewhere: Any) -> None:
    patient = await people.patient()
    assert patient.profile_id
    proxy = actor(Role.PATIENT, proxy_for=frozenset({patient.profile_id}))
    async with identity.client(proxy) as client:
        assert (await client.get(f"/patients/{patient.profile_id}/export")).status_code == 403
        assert (await client.post(f"/patients/{patient.profile_id}/erasure")).status_code == 403
    assert elsewhere.asked == []
