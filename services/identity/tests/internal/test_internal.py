"""The internal API, as `docs/internal-api.md` lists it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from common import clock
from common.clock import now
from common.contracts.enums import LinkPurpose, Role
from common.contracts.map import SERVICES
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor
from identity.patients.domain import is_younger
from identity.proxies.models import ProxyKind, ProxyRelationship, ProxyStatus
from identity.testing import NIR, Account, People

CALLS: list[tuple[str, str, dict[str, Any] | None, set[str]]] = [
    ("GET", "/users/{user}", None, {"cases", "devices", "documents"}),
    ("GET", "/users/{user}/contact", None, {"notifications"}),
    ("POST", "/users/{user}/links", {"purpose": "RESET_PASSWORD"}, {"notifications"}),
    ("POST", "/users/{user}/phone-code", {}, {"notifications"}),
    ("GET", "/staff/contacts?role=OPS", None, {"notifications"}),
    ("GET", "/patients/{patient}", None, {"billing", "documents"}),
    ("GET", "/patients/{patient}/age-group", None, {"cases"}),
    ("GET", "/patients/{patient}/contacts", None, {"notifications"}),
    ("POST", "/patients/find", {"q": "beranger"}, {"cases"}),
    ("GET", "/prescribers/{prescriber}", None, {"billing", "documents"}),
]


@pytest.mark.parametrize(("method", "path", "body", "allowed"), CALLS, ids=[call[1] for call in CALLS])
async def test_each_call_is_open_to_its_callers_alone_and_404_for_the_unknown(
    identity: RunningService, method: str, path: str, body: dict[str, Any] | None, allowed: set[str]
) -> None:
    unknown = path.format(user=new_id(), patient=new_id(), prescriber=new_id())
    for service in SERVICES:
        async with identity.internal(service) as caller:
            answer = await caller.request(method, unknown, json=body)
        if service in allowed:
            assert answer.status_code == (404 if "{" in path else 200)
        else:
            assert answer.status_code == 403
    bare = await identity.http.request(method, f"/internal/v1{unknown}", json=body)
    assert bare.status_code == 401
    token = identity.keys.token(actor(Role.COMPLIANCE_ADMIN))
    users = await identity.http.request(
        method, f"/internal/v1{unknown}", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert users.status_code == 401


async def test_a_user_is_role_and_status(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with identity.internal("cases") as cases:
        told = (await cases.get(f"/users/{patient.user_id}")).json()
    assert told == {"id": str(patient.user_id), "role": "PATIENT", "status": "ACTIVE"}


async def _contact(identity: RunningService, account: Account) -> dict[str, Any]:
    async with identity.internal("notifications") as notifications:
        found: dict[str, Any] = (await notifications.get(f"/users/{account.user_id}/contact")).json()
    return found


async def test_a_contact_is_how_to_reach_somebody(identity: RunningService, people: People) -> None:
    patient = await people.patient(contactPreference="SMS")
    assert await _contact(identity, patient) == {
        "userId": str(patient.user_id),
        "role": "PATIENT",
        "email": patient.email,
        "emailVerified": True,
        "phone": None,
        "phoneVerified": False,
        "firstName": "Camille",
        "language": "fr",
        "contactPreference": "SMS",
    }
    prescriber = await _contact(identity, await people.prescriber())
    assert (prescriber["firstName"], prescriber["contactPreference"]) == ("Anne", "EMAIL")
    assert (await _contact(identity, await people.staff(Role.OPS)))["firstName"] is None


async def _make_proxy(identity: RunningService, patient_id: UUID | None, user_id: UUID, **changes: Any) -> None:
    values = {"valid_from": now() - timedelta(hours=1), "valid_until": None, "status": ProxyStatus.ACTIVE} | changes
    async with identity.resources.database.transaction() as session:
        session.add(
            ProxyRelationship(
                patient_id=patient_id,
                proxy_user_id=user_id,
                relationship=ProxyKind.FAMILY,
                consent_document_id=new_id(),
                **values,
            )
        )


async def test_a_patients_contacts_are_the_patient_and_the_proxies_in_force(
    identity: RunningService, people: People
) -> None:
    patient, helper = await people.patient(), await people.prescriber()
    await _make_proxy(identity, patient.profile_id, helper.user_id)
    await _make_proxy(identity, patient.profile_id, (await people.patient()).user_id, status=ProxyStatus.REVOKED)
    await _make_proxy(
        identity, patient.profile_id, (await people.patient()).user_id, valid_from=now() + timedelta(hours=1)
    )
    suspended = await people.patient()
    await _make_proxy(identity, patient.profile_id, suspended.user_id)
    async with identity.client(actor(Role.OPS)) as ops:
        await ops.patch(f"/users/{suspended.user_id}", json={"status": "SUSPENDED"})
    async with identity.internal("notifications") as notifications:
        told = (await notifications.get(f"/patients/{patient.profile_id}/contacts")).json()["recipients"]
    assert [(one["userId"], one["role"]) for one in told] == [
        (str(patient.user_id), "PATIENT"),
        (str(helper.user_id), "PROXY"),
    ]


async def test_staff_contacts_are_the_active_members_of_a_role(identity: RunningService, people: People) -> None:
    member, gone = await people.staff(Role.OPS), await people.staff(Role.OPS)
    await people.staff(Role.BILLING)
    async with identity.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        await compliance.patch(f"/users/{gone.user_id}", json={"status": "SUSPENDED"})
    async with identity.internal("notifications") as notifications:
        told = (await notifications.get("/staff/contacts", params={"role": "OPS"})).json()
    assert [one["userId"] for one in told["recipients"]] == [str(member.user_id)]


async def test_a_patients_file_holds_the_nir_in_clear_and_its_reading_is_on_record(
    identity: RunningService, people: People
) -> None:
    address = {"line1": "12 rue des Lilas", "postalCode": "69003", "city": "Lyon"}
    patient = await people.patient(address=address)
    async with identity.internal("billing") as billing:
        told = (await billing.get(f"/patients/{patient.profile_id}")).json()
    assert told == {
        "id": str(patient.profile_id),
        "userId": str(patient.user_id),
        "firstName": "Camille",
        "lastName": "Béranger",
        "dateOfBirth": "1995-10-12",
        "nir": NIR,
        "address": {**address, "line2": None, "country": "FR"},
    }
    entry = (await identity.recorded("audit.recorded"))[-1].data
    assert (entry["action"], entry["actorType"]) == ("patient.read-by-service", "SYSTEM")
    assert entry["changes"] == {"service": {"before": None, "after": "billing"}}


async def test_an_age_group_tells_who_is_under_16_and_nothing_else(identity: RunningService, people: People) -> None:
    patient = await people.patient(dateOfBirth="2010-06-15")
    async with identity.internal("cases") as cases:
        for day, expected in ((14, True), (15, False)):
            with clock.travel(datetime(2026, 6, day, 12, tzinfo=UTC)):
                told = (await cases.get(f"/patients/{patient.profile_id}/age-group")).json()
            assert told == {"under16": expected}


@pytest.mark.parametrize(
    ("on", "younger"),
    [(date(2024, 2, 29), True), (date(2026, 2, 28), True), (date(2026, 3, 1), False), (date(2027, 1, 1), False)],
)
def test_who_is_born_on_a_leap_day_turns_older_on_the_first_of_march(on: date, younger: bool) -> None:
    assert is_younger(date(2008, 2, 29), 18, on) is younger


async def test_patients_are_found_by_like_names(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    await people.patient(firstName="Zoé", lastName="Quelconque")
    async with identity.internal("cases") as cases:
        for q in ("camille beranger", "Berangé"):
            found = (await cases.post("/patients/find", json={"q": q})).json()
            assert found == {"patientIds": [str(patient.profile_id)]}
        assert (await cases.post("/patients/find", json={"q": "!"})).json() == {"patientIds": []}


async def test_a_prescriber_is_name_and_numbers(identity: RunningService, people: People) -> None:
    prescriber = await people.prescriber()
    async with identity.internal("documents") as documents:
        told = (await documents.get(f"/prescribers/{prescriber.profile_id}")).json()
    assert told == {
        "id": str(prescriber.profile_id),
        "firstName": "Anne",
        "lastName": "Lefèvre",
        "rppsNumber": "10003456786",
        "adeliNumber": None,
        "specialty": None,
        "practiceName": None,
    }


async def test_links_are_made_for_those_who_have_a_use_for_them(identity: RunningService, people: People) -> None:
    waiting, verified = await people.register(), await people.patient()

    async def status(account: Account, purpose: LinkPurpose) -> int:
        async with identity.internal("notifications") as notifications:
            made = await notifications.post(f"/users/{account.user_id}/links", json={"purpose": purpose.value})
        if made.status_code == 200:
            assert urlsplit(made.json()["url"]).netloc == "127.0.0.1:8080"
            assert made.json()["expiresAt"].endswith("Z")
        return made.status_code

    assert await status(waiting, LinkPurpose.VERIFY_EMAIL) == 200
    assert await status(verified, LinkPurpose.VERIFY_EMAIL) == 404
    assert await status(verified, LinkPurpose.RESET_PASSWORD) == 200
    async with identity.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        await compliance.patch(f"/users/{verified.user_id}", json={"status": "SUSPENDED"})
    assert await status(verified, LinkPurpose.RESET_PASSWORD) == 404
