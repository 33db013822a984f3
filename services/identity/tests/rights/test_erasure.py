"""Erasure: refused while a case is under way, partial where the law keeps something, whole where it does not."""

from datetime import date, timedelta
from typing import Any

import pytest
from common.clock import now
from common.contracts.enums import Role
from common.ids import new_id
from common.testing import RunningService
from hypothesis import given
from hypothesis import strategies as st
from identity.proxies.models import ProxyKind, ProxyRelationship, ProxyStatus
from identity.rights.domain import Duty, duties, under_way
from identity.testing import NIR, Account, People

CASE = {"id": "c1", "caseNumber": "AX-2026-000001", "status": "CLOSED", "createdAt": "2024-02-29T10:00:00.000000Z"}


async def _erase(people: People, account: Account, patient: Account) -> Any:
    async with await people.client(account) as client:
        return await client.post(f"/patients/{patient.profile_id}/erasure")


async def _everything(identity: RunningService) -> str:
    tables = ("users", "patient_profiles", "sessions", "trusted_devices", "one_time_tokens", "recovery_codes")
    reads = identity.resources.database.reads
    rows = [await reads.fetch(f"SELECT * FROM {table}") for table in tables]  # noqa: S608 - fixed names
    return str([dict(row) for table in rows for row in table])


async def test_without_a_duty_nothing_is_left_but_proofs(
    identity: RunningService, people: People, elsewhere: Any
) -> None:
    patient = await people.patient(
        address={"line1": "12 rue des Lilas", "postalCode": "69003", "city": "Lyon"}, mutuelle={"name": "MGEN"}
    )
    elsewhere.standing = [{"id": (loose := str(new_id())), "documentType": "OTHER", "keptBecause": None}]
    answer = await _erase(people, patient, patient)
    assert answer.status_code == 200, answer.text
    assert "identity" in answer.json()["erased"]
    assert {f"document {loose}", "conversations with the assistant"} <= set(answer.json()["erased"])
    assert [kept["duty"] for kept in answer.json()["kept"]] == [Duty.PROOF_OF_CONSENT, Duty.AUDIT_LOG]
    left = await _everything(identity)
    for trace in (patient.email, "Camille", "Béranger", "Lilas", "MGEN", "1995, 10, 12", "127.0.0.1"):
        assert trace not in left
    body = {"email": patient.email, "password": patient.password}
    assert (await identity.http.post("/api/v1/auth/login", json=body)).status_code == 401
    [event] = await identity.recorded("patient.erased")
    assert event.data == {
        "patientId": str(patient.profile_id),
        "userId": str(patient.user_id),
        "keptDocumentIds": [],
    }
    assert len(await identity.recorded("consent.withdrawn")) == 2
    assert len(await identity.recorded("session.revoked")) == 1


async def test_what_the_law_keeps_stays_with_reason_and_date(
    identity: RunningService, people: People, elsewhere: Any
) -> None:
    patient, officer = await people.patient(), await people.staff(Role.COMPLIANCE_ADMIN)
    elsewhere.lists |= {
        "/cases": [CASE],
        "/prescriptions": [
            {"id": "p1", "createdAt": "2023-05-01T10:00:00Z", "documentId": (prescribed := str(new_id()))}
        ],
        "/devices": [{"id": "v1", "deliveredAt": "2025-02-03T10:00:00Z"}],
    }
    elsewhere.standing = [
        {"id": (held := str(new_id())), "documentType": "ID_CARD", "keptBecause": "kept for five years"},
        {"id": prescribed, "documentType": "PRESCRIPTION", "keptBecause": None},
        {"id": (loose := str(new_id())), "documentType": "OTHER", "keptBecause": None},
    ]
    async with await people.client(officer) as client:
        answer = await client.post(f"/patients/{patient.profile_id}/erasure")
        profile = (await client.get(f"/patients/{patient.profile_id}")).json()
        account = (await client.get(f"/users/{patient.user_id}")).json()
    kept = {one["duty"]: one for one in answer.json()["kept"]}
    documents = {one["what"]: one["reason"] for one in answer.json()["kept"] if one["duty"] == "DOCUMENT_RETENTION"}
    assert kept["PRESCRIPTIONS_10_YEARS"]["until"] == "2033-05-01"
    assert kept["FINANCIAL_RECORDS_10_YEARS"]["until"] == "2034-03-01"
    assert kept["DEVICES_TRACED_10_YEARS"]["until"] == "2035-02-03"
    assert documents == {
        f"document {held}": "kept for five years",
        f"document {prescribed}": "A prescription was submitted with it",
    }
    assert f"document {loose}" in answer.json()["erased"]
    [event] = await identity.recorded("patient.erased")
    assert set(event.data["keptDocumentIds"]) == {held, prescribed}
    assert "identity" not in answer.json()["erased"]
    assert (profile["lastName"], profile["nir"][-4:]) == ("Béranger", NIR[-4:])
    assert (account["status"], account["email"]) == ("DELETED", f"{patient.user_id}@erased.invalid")


async def test_a_case_under_way_refuses_it_and_nothing_is_touched(
    identity: RunningService, people: People, elsewhere: Any
) -> None:
    patient = await people.patient()
    elsewhere.lists |= {"/cases": [CASE, CASE | {"status": "CPAM_PENDING"}]}
    refused = await _erase(people, patient, patient)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "BIZ_ERASURE_REFUSED")
    assert [detail["code"] for detail in refused.json()["error"]["details"]] == ["CASE_UNDER_WAY"]
    assert await identity.recorded("patient.erased") == []
    await people.log_in(patient)


@pytest.mark.parametrize("service", ["cases", "devices", "documents"])
async def test_a_service_that_cannot_be_asked_refuses_it(people: People, elsewhere: Any, service: str) -> None:
    patient = await people.patient()
    elsewhere.away.add(service)
    refused = await _erase(people, patient, patient)
    assert refused.status_code == 503
    await people.log_in(patient)


async def test_proxies_end_on_both_sides_and_a_second_erasure_changes_nothing_more(
    identity: RunningService, people: People, elsewhere: Any
) -> None:
    patient, other = await people.patient(), await people.patient()
    officer = await people.staff(Role.COMPLIANCE_ADMIN)
    async with identity.resources.database.transaction() as session:
        for patient_id, user_id in ((patient.profile_id, other.user_id), (other.profile_id, patient.user_id)):
            session.add(
                ProxyRelationship(
                    patient_id=patient_id,
                    proxy_user_id=user_id,
                    relationship=ProxyKind.FAMILY,
                    consent_document_id=new_id(),
                    valid_from=now() - timedelta(hours=1),
                    status=ProxyStatus.ACTIVE,
                )
            )
    async with await people.client(officer) as client:
        first = await client.post(f"/patients/{patient.profile_id}/erasure")
        again = await client.post(f"/patients/{patient.profile_id}/erasure")
    assert first.status_code == again.status_code == 200
    assert len(await identity.recorded("proxy.revoked")) == 2
    changes = [event.data["toStatus"] for event in await identity.recorded("user.status-changed")]
    assert changes.count("DELETED") == 1


statuses = st.sampled_from(["INTAKE_RECEIVED", "CPAM_APPROVED", "MAINTENANCE_ACTIVE", "CLOSED", "CANCELLED"])
records = st.lists(
    st.dates(date(2000, 1, 1), date(2030, 1, 1)).map(lambda day: {"createdAt": f"{day}T12:00:00Z"}), max_size=4
)


@given(st.lists(statuses, max_size=5))
def test_only_ended_cases_let_a_patient_go(found: list[str]) -> None:
    blocking = under_way([{"status": status} for status in found])
    assert len(blocking) == sum(status not in {"CLOSED", "CANCELLED"} for status in found)


@given(records, records)
def test_identity_is_kept_ten_years_from_the_latest_record(
    prescriptions: list[dict[str, Any]], cases: list[dict[str, Any]]
) -> None:
    kept = {one.duty: one for one in duties(prescriptions, cases)}
    for duty, given_records in ((Duty.PRESCRIPTIONS, prescriptions), (Duty.FINANCIAL_RECORDS, cases)):
        assert (duty in kept) == bool(given_records)
        if given_records:
            latest = max(date.fromisoformat(record["createdAt"][:10]) for record in given_records)
            until = kept[duty].until
            assert until is not None
            assert until.year == latest.year + 10
            assert abs((until - latest).days - 3652) <= 1
