"""Proxies: granted on a signed document, in force for a time, taken back at once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import pytest
from common.clock import now, travel
from common.contracts.enums import Role, ScanStatus
from common.testing import RunningService
from common.testing.keys import actor
from hypothesis import given
from hypothesis import strategies as st
from identity.proxies.domain import SignedDelegation, problem_with
from identity.testing import Account, People
from identity.upkeep.schedules import expire_proxies

Documents = dict[str, Any]


def _signed(documents: Documents, patient: Account, **changes: Any) -> str:
    document_id = str(uuid4())
    owned = {"ownerId": str(patient.user_id), "patientId": str(patient.profile_id), "scanStatus": "CLEAN"}
    documents[document_id] = {"id": document_id, **owned, **changes}
    return document_id


def _proxy(helper: Account, document_id: str, **changes: Any) -> dict[str, Any]:
    body = {
        "proxyUserId": str(helper.user_id),
        "relationship": "FAMILY",
        "consentDocumentId": document_id,
        "validFrom": (now() - timedelta(minutes=1)).isoformat(),
    }
    return body | changes


async def _grant(people: People, patient: Account, body: dict[str, Any]) -> httpx.Response:
    async with await people.client(patient) as client:
        return await client.post(f"/patients/{patient.profile_id}/proxies", json=body)


async def _acts_for(people: People, account: Account) -> list[str]:
    tokens = await people.log_in(account)
    claims = jwt.decode(tokens["accessToken"], options={"verify_signature": False})
    return list(claims["proxyFor"])


async def test_a_proxy_acts_from_the_next_login_until_it_is_revoked(
    identity: RunningService, people: People, documents: Documents
) -> None:
    patient, helper = await people.patient(), await people.prescriber()
    granted = await _grant(people, patient, _proxy(helper, _signed(documents, patient)))
    assert granted.status_code == 201, granted.text
    assert (granted.json()["status"], granted.json()["validUntil"]) == ("ACTIVE", None)
    assert await _acts_for(people, helper) == [str(patient.profile_id)]
    async with await people.client(helper) as client:
        assert (await client.get(f"/patients/{patient.profile_id}")).status_code == 200
    async with await people.client(patient) as client:
        assert (await client.delete(f"/proxies/{granted.json()['id']}")).status_code == 204
        assert (await client.delete(f"/proxies/{granted.json()['id']}")).status_code == 204
        [listed] = (await client.get(f"/patients/{patient.profile_id}/proxies")).json()["items"]
    assert listed["status"] == "REVOKED"
    assert await _acts_for(people, helper) == []
    assert len(await identity.recorded("proxy.granted")) == 1
    assert len(await identity.recorded("proxy.revoked")) == 1
    [job] = await identity.recorded("identity.outdate-tokens")
    assert job.data == {"userId": str(helper.user_id)}


async def test_a_proxy_acts_within_its_dates_only(people: People, documents: Documents) -> None:
    patient, helper = await people.patient(), await people.patient()
    begin, end = now() + timedelta(hours=1), now() + timedelta(hours=2)
    body = _proxy(helper, _signed(documents, patient), validFrom=begin.isoformat(), validUntil=end.isoformat())
    assert (await _grant(people, patient, body)).status_code == 201
    assert await _acts_for(people, helper) == []
    with travel(begin):
        assert await _acts_for(people, helper) == [str(patient.profile_id)]
    with travel(end):
        assert await _acts_for(people, helper) == []


async def test_what_is_over_expires_by_itself_and_only_that(
    identity: RunningService, people: People, documents: Documents
) -> None:
    patient, helper, lasting = await people.patient(), await people.patient(), await people.patient()
    end = now() + timedelta(hours=1)
    over = await _grant(people, patient, _proxy(helper, _signed(documents, patient), validUntil=end.isoformat()))
    await _grant(people, patient, _proxy(lasting, _signed(documents, patient)))
    await expire_proxies(identity.resources)
    assert await identity.recorded("proxy.revoked") == []
    with travel(end):
        await expire_proxies(identity.resources)
        await expire_proxies(identity.resources)
    [event] = await identity.recorded("proxy.revoked")
    assert event.data["proxyId"] == over.json()["id"]
    async with await people.client(patient) as client:
        listed = (await client.get(f"/patients/{patient.profile_id}/proxies")).json()["items"]
    assert [one["status"] for one in listed] == ["ACTIVE", "EXPIRED"]


async def test_a_user_is_a_patients_proxy_once(people: People, documents: Documents) -> None:
    patient, helper = await people.patient(), await people.patient()
    document = _signed(documents, patient)
    answers = await asyncio.gather(*(_grant(people, patient, _proxy(helper, document)) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    [refused, _] = [answer for answer in answers if answer.status_code == 409]
    assert refused.json()["error"]["code"] == "BIZ_PROXY_EXISTS"


async def test_unsuitable_people_and_papers_are_refused(people: People, documents: Documents) -> None:
    patient, helper, stranger = await people.patient(), await people.patient(), await people.patient()
    unverified = await people.register()
    signed = _signed(documents, patient)
    cases = [
        (_proxy(patient, signed), 422, "BIZ_PROXY_UNSUITABLE", "proxyUserId"),
        (_proxy(unverified, signed), 422, "BIZ_PROXY_UNSUITABLE", "proxyUserId"),
        (_proxy(helper, signed, proxyUserId=str(uuid4())), 422, "BIZ_PROXY_UNSUITABLE", "proxyUserId"),
        (_proxy(helper, str(uuid4())), 422, "BIZ_PROXY_UNSUITABLE", "consentDocumentId"),
        (_proxy(helper, _signed(documents, stranger)), 422, "BIZ_PROXY_UNSUITABLE", "consentDocumentId"),
        (_proxy(helper, _signed(documents, patient, scanStatus="PENDING")), 409, "DOC_NOT_CLEAN", None),
        (_proxy(helper, signed, validUntil="2020-01-01T00:00:00Z"), 400, "VAL_INVALID", "$"),
        (_proxy(helper, signed, relationship="FRIEND"), 400, "VAL_INVALID", "relationship"),
        (_proxy(helper, signed, validFrom="2026-01-01T00:00:00"), 400, "VAL_INVALID", "validFrom"),
    ]
    for body, status, code, field in cases:
        refused = await _grant(people, patient, body)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (status, code)
        assert [detail["field"] for detail in error["details"]] == ([field] if field else [])


DECIDE = {Role.OPS: 201, Role.BILLING: 403, Role.COMPLIANCE_ADMIN: 403}
READ = {Role.OPS: 200, Role.BILLING: 403, Role.COMPLIANCE_ADMIN: 200}


@pytest.mark.parametrize("role", list(Role))
async def test_ops_grants_too_and_nobody_else(
    identity: RunningService, people: People, documents: Documents, role: Role
) -> None:
    patient, helper = await people.patient(), await people.patient()
    path = f"/patients/{patient.profile_id}/proxies"
    document = _signed(documents, patient)
    async with identity.client(actor(role)) as client:
        granted = await client.post(path, json=_proxy(helper, document))
        assert granted.status_code == DECIDE.get(role, 404)
        assert (await client.get(path)).status_code == READ.get(role, 404)
    if role is not Role.OPS:
        granted = await _grant(people, patient, _proxy(helper, document))
    async with identity.client(actor(role)) as client:
        revoked = await client.delete(f"/proxies/{granted.json()['id']}")
    assert revoked.status_code == {**DECIDE, Role.OPS: 204}.get(role, 404)


async def test_a_proxy_sees_but_passes_nothing_on(
    identity: RunningService, people: People, documents: Documents
) -> None:
    patient, helper = await people.patient(), await people.patient()
    granted = await _grant(people, patient, _proxy(helper, _signed(documents, patient)))
    other = await people.patient()
    async with await people.client(helper) as client:
        path = f"/patients/{patient.profile_id}/proxies"
        assert len((await client.get(path)).json()["items"]) == 1
        assert (await client.post(path, json=_proxy(other, _signed(documents, patient)))).status_code == 403
        assert (await client.delete(f"/proxies/{granted.json()['id']}")).status_code == 403


@given(st.uuids(), st.uuids(), st.uuids(), st.sampled_from(ScanStatus))
def test_only_a_clean_document_of_the_patient_delegates(
    patient_id: UUID, user_id: UUID, other: UUID, scanned: ScanStatus
) -> None:
    def found(owner: UUID, patient: UUID | None) -> bool:
        document = SignedDelegation(ownerId=owner, patientId=patient, scanStatus=scanned, id=other)
        return problem_with(document, patient_id, user_id) is None

    clean = scanned is ScanStatus.CLEAN
    assert found(other, patient_id) is clean
    assert found(user_id, None) is clean
    assert found(user_id, other) is (clean and other == patient_id)
    assert found(other, None) is (clean and other == user_id)
    assert problem_with(None, patient_id, user_id) is not None
