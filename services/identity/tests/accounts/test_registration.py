"""Registering and verifying an address."""

from typing import Any
from uuid import UUID

import pytest
from common.clock import now, travel
from common.contracts.enums import LinkPurpose, Role
from common.testing import RunningService
from identity.accounts.domain import LINK_LIFETIME
from identity.testing import CONSENTS, PASSWORD, People, registration


async def test_a_patient_registers_verifies_and_logs_in(identity: RunningService, people: People) -> None:
    registered = await people.register()
    refused = await identity.http.post(
        "/api/v1/auth/login", json={"email": registered.email, "password": registered.password}
    )
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTH_EMAIL_NOT_VERIFIED")
    token = await people.link_token(registered.user_id, LinkPurpose.VERIFY_EMAIL)
    verified = await identity.http.post("/api/v1/auth/verify-email", json={"token": token})
    assert verified.json() == {"userId": str(registered.user_id), "status": "ACTIVE"}
    async with await people.client(registered) as client:
        me = (await client.get("/users/me")).json()
    assert me["patientId"] == str(registered.profile_id)
    assert (me["email"], me["role"], me["emailVerified"]) == (registered.email, "PATIENT", True)
    names = [event.name for event in await identity.recorded() if event.name != "audit.recorded"]
    assert names == [
        "user.registered",
        "user.link-requested",
        "consent.given",
        "consent.given",
        "user.verified",
        "user.status-changed",
    ]


async def test_events_of_a_registration_carry_no_personal_data(identity: RunningService, people: People) -> None:
    registered = await people.register()
    told = "".join(event.model_dump_json() for event in await identity.recorded())
    for secret in (registered.email, "Camille", "Béranger", "1995-10-12", "295109912611193", PASSWORD):
        assert secret not in told


async def test_a_prescriber_registers_with_numbers_and_no_consents(people: People) -> None:
    prescriber = await people.prescriber()
    async with await people.client(prescriber) as client:
        me = (await client.get("/users/me")).json()
        profile = (await client.get(f"/prescribers/{me['prescriberId']}")).json()
    assert me["patientId"] is None
    assert profile["rppsNumber"] == "10003456786"


async def test_a_taken_address_gets_the_same_answer_and_its_owner_a_mail(
    identity: RunningService, people: People
) -> None:
    owner = await people.patient()
    again = await identity.http.post("/api/v1/auth/register", json=registration(owner.email.upper()))
    assert again.status_code == 201
    assert set(again.json()) == {"userId", "profileId", "status"}
    assert again.json()["status"] == "PENDING_VERIFICATION"
    assert UUID(again.json()["userId"]) != owner.user_id
    [told] = await identity.recorded("user.address-reused")
    assert told.data == {"userId": str(owner.user_id)}
    async with identity.internal("cases") as cases:
        assert (await cases.get(f"/users/{again.json()['userId']}")).status_code == 404


async def test_somebody_elses_phone_is_left_out_without_a_word(identity: RunningService, people: People) -> None:
    phone = "+33612345678"
    for email in ("first@example.test", "second@example.test"):
        made = await identity.http.post("/api/v1/auth/register", json=registration(email, phone=phone))
        assert made.status_code == 201
    rows = await identity.resources.database.reads.fetch("SELECT email, phone FROM users ORDER BY email")
    assert [tuple(row) for row in rows] == [("first@example.test", phone), ("second@example.test", None)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": "tab\there@example.test"}, "email"),
        ({"email": "pаypal@example.test"}, "email"),  # a Cyrillic а
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": "x" * 100_000}, "password"),
        ({"phone": "0612345678"}, "phone"),
        ({"role": "OPS"}, "role"),
        ({"consents": CONSENTS[:1]}, "consents"),
        ({"consents": [*CONSENTS, CONSENTS[0]]}, "consents"),
        ({"consents": [{**CONSENTS[0], "version": "one"}, CONSENTS[1]]}, "consents[0].version"),
        ({"profile": {"firstName": "A", "lastName": "B", "dateOfBirth": "2999-01-01"}}, "profile.dateOfBirth"),
        (
            {"profile": {"firstName": "A", "lastName": "B", "dateOfBirth": "1990-01-01", "nir": "295109912611194"}},
            "profile.nir",
        ),
        ({"profile": {"firstName": "A\u0000", "lastName": "B", "dateOfBirth": "1990-01-01"}}, "profile.firstName"),
    ],
)
async def test_a_bad_registration_is_refused_naming_the_field(
    identity: RunningService, changes: dict[str, Any], field: str
) -> None:
    refused = await identity.http.post("/api/v1/auth/register", json=registration("a@example.test") | changes)
    assert refused.status_code == 400
    assert [detail["field"] for detail in refused.json()["error"]["details"]] == [field]
    assert await identity.recorded() == []


async def test_a_verification_link_works_once_and_in_time(identity: RunningService, people: People) -> None:
    registered = await people.register()
    token = await people.link_token(registered.user_id, LinkPurpose.VERIFY_EMAIL)
    with travel(now() + LINK_LIFETIME[LinkPurpose.VERIFY_EMAIL]):
        late = await identity.http.post("/api/v1/auth/verify-email", json={"token": token})
    assert (late.status_code, late.json()["error"]["code"]) == (400, "AUTH_LINK_INVALID")
    assert (await identity.http.post("/api/v1/auth/verify-email", json={"token": token})).status_code == 200
    replayed = await identity.http.post("/api/v1/auth/verify-email", json={"token": token})
    assert (replayed.status_code, replayed.json()["error"]["code"]) == (400, "AUTH_LINK_INVALID")


async def test_a_link_of_another_purpose_verifies_nothing(identity: RunningService, people: People) -> None:
    registered = await people.register()
    token = await people.link_token(registered.user_id, LinkPurpose.RESET_PASSWORD)
    refused = await identity.http.post("/api/v1/auth/verify-email", json={"token": token})
    assert refused.status_code == 400


async def test_secrets_are_stored_unreadable(identity: RunningService, people: People) -> None:
    await people.patient(carteVitaleNumber="8025000012345678")
    await people.staff(Role.OPS)
    for table in ("users", "patient_profiles", "one_time_tokens"):
        rows = await identity.resources.database.reads.fetch(f"SELECT * FROM {table}")  # noqa: S608 - a fixed name
        stored = "".join(str(dict(row)) for row in rows)
        assert "295109912611193" not in stored
        assert "8025000012345678" not in stored
        assert PASSWORD not in stored
