"""`/users`: who sees and administers accounts."""

import pytest
from common.contracts.enums import Role, UserStatus
from common.testing import RunningService
from common.testing.keys import actor
from hypothesis import given
from hypothesis import strategies as st
from identity.accounts.domain import allowed_statuses
from identity.testing import People

ADMINISTRATORS = (Role.OPS, Role.COMPLIANCE_ADMIN)
OTHERS = [role for role in Role if role not in ADMINISTRATORS]


@pytest.mark.parametrize("role", ADMINISTRATORS)
async def test_administrators_list_and_read_accounts(identity: RunningService, people: People, role: Role) -> None:
    patient = await people.patient()
    await people.prescriber()
    async with identity.client(actor(role)) as client:
        listed = (await client.get("/users", params={"role": "PATIENT", "status": "ACTIVE"})).json()
        one = await client.get(f"/users/{patient.user_id}")
    assert [user["id"] for user in listed["items"]] == [str(patient.user_id)]
    assert one.json() == listed["items"][0]
    assert "passwordHash" not in one.text
    actions = [entry.data["action"] for entry in await identity.recorded("audit.recorded")]
    assert actions[-2:] == ["user.list", "user.read"]


@pytest.mark.parametrize("role", OTHERS)
async def test_nobody_else_sees_accounts_of_others(identity: RunningService, people: People, role: Role) -> None:
    patient = await people.patient()
    async with identity.client(actor(role)) as client:
        for answer in (
            await client.get("/users"),
            await client.get(f"/users/{patient.user_id}"),
            await client.patch(f"/users/{patient.user_id}", json={"status": "SUSPENDED"}),
        ):
            assert answer.status_code == 403


async def test_one_reads_ones_own_account(people: People) -> None:
    patient = await people.patient()
    async with await people.client(patient) as client:
        me = await client.get("/users/me")
        same = await client.get(f"/users/{patient.user_id}")
    assert me.headers["etag"] == same.headers["etag"]
    assert {**same.json(), "id": me.json()["id"]}.items() <= me.json().items()


async def test_suspension_ends_sessions_and_refuses_logins_until_lifted(
    identity: RunningService, people: People
) -> None:
    patient = await people.patient()
    tokens = await people.log_in(patient)
    async with identity.client(actor(Role.OPS)) as ops:
        read = await ops.get(f"/users/{patient.user_id}")
        suspended = await ops.patch(
            f"/users/{patient.user_id}", json={"status": "SUSPENDED"}, headers={"If-Match": read.headers["etag"]}
        )
        assert suspended.json()["status"] == "SUSPENDED"
        stale = await ops.patch(
            f"/users/{patient.user_id}", json={"status": "ACTIVE"}, headers={"If-Match": read.headers["etag"]}
        )
        assert stale.status_code == 412
        body = {"email": patient.email, "password": patient.password}
        refused = await identity.http.post("/api/v1/auth/login", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AUTH_ACCOUNT_SUSPENDED")
        again = await identity.http.post("/api/v1/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
        assert again.status_code == 401
        await ops.patch(f"/users/{patient.user_id}", json={"status": "ACTIVE"})
    await people.log_in(patient)
    changes = [event.data for event in await identity.recorded("user.status-changed")]
    assert [(change["fromStatus"], change["toStatus"]) for change in changes] == [
        ("PENDING_VERIFICATION", "ACTIVE"),
        ("ACTIVE", "SUSPENDED"),
        ("SUSPENDED", "ACTIVE"),
    ]


async def test_a_closed_account_is_as_if_there_were_none(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with identity.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        await compliance.patch(f"/users/{patient.user_id}", json={"status": "DELETED"})
        reopened = await compliance.patch(f"/users/{patient.user_id}", json={"status": "ACTIVE"})
    assert (reopened.status_code, reopened.json()["error"]["code"]) == (409, "BIZ_INVALID_TRANSITION")
    body = {"email": patient.email, "password": patient.password}
    refused = await identity.http.post("/api/v1/auth/login", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AUTH_INVALID_CREDENTIALS")


async def test_staff_are_administered_by_compliance_alone_and_nobody_suspends_themselves(
    identity: RunningService, people: People
) -> None:
    billing = await people.staff(Role.BILLING)
    compliance = await people.staff(Role.COMPLIANCE_ADMIN)
    async with identity.client(actor(Role.OPS)) as ops:
        refused = await ops.patch(f"/users/{billing.user_id}", json={"status": "SUSPENDED"})
    assert refused.status_code == 403
    async with await people.client(compliance) as client:
        done = await client.patch(f"/users/{billing.user_id}", json={"status": "SUSPENDED"})
        own = await client.patch(f"/users/{compliance.user_id}", json={"status": "SUSPENDED"})
    assert (done.status_code, own.status_code) == (200, 403)


@given(st.sampled_from(UserStatus), st.booleans())
def test_no_change_of_status_verifies_an_address_or_revives_an_account(status: UserStatus, verified: bool) -> None:
    allowed = allowed_statuses(status, email_verified=verified)
    assert status not in allowed
    assert (UserStatus.ACTIVE in allowed) <= verified
    assert (UserStatus.PENDING_VERIFICATION in allowed) <= (not verified)
    assert status is not UserStatus.DELETED or allowed == []
