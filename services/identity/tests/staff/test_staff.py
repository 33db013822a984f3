"""Inviting, listing and seeding staff."""

import asyncio
import io
import json
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any

import pyotp
import pytest
from common.contracts.enums import LinkPurpose, Role
from common.ids import new_id
from common.testing import RunningService
from common.testing.keys import actor
from identity.staff import seeding
from identity.testing import PASSWORD, Account, People

INVITATION = {"email": "new@example.test", "role": "BILLING", "employeeId": "E-42", "department": "BILLING"}
SEED = {
    "email": "ops@axtech.example",
    "password": PASSWORD,
    "role": "OPS",
    "employeeId": "AX-0001",
    "department": "OPS",
    "totpSecret": pyotp.random_base32(),
}


async def test_compliance_invites_and_the_invitation_is_accepted_by_setting_a_password(
    identity: RunningService, people: People
) -> None:
    async with identity.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        invited = await compliance.post("/staff", json=INVITATION | {"permissions": ["claim:read:all"]})
        assert invited.status_code == 201, invited.text
        assert invited.json()["status"] == "PENDING_VERIFICATION"
        assert invited.json()["permissions"] == ["claim:read:all"]
        listed = (await compliance.get("/staff", params={"role": "BILLING"})).json()["items"]
        assert listed == [invited.json()]
        assert (await compliance.get("/staff", params={"department": "OPS"})).json()["items"] == []
    [asked] = await identity.recorded("user.link-requested")
    assert asked.data == {"userId": invited.json()["userId"], "purpose": "STAFF_INVITATION"}
    body = {"email": INVITATION["email"], "password": PASSWORD}
    assert (await identity.http.post("/api/v1/auth/login", json=body)).status_code == 401
    token = await people.link_token(invited.json()["userId"], LinkPurpose.STAFF_INVITATION)
    done = await identity.http.post("/api/v1/auth/password/reset", json={"token": token, "newPassword": PASSWORD})
    assert done.status_code == 204
    answer = await identity.http.post("/api/v1/auth/login", json=body)
    assert answer.json()["mfaEnrollmentRequired"] is True
    async with identity.internal("notifications") as notifications:
        again = await notifications.post(
            f"/users/{invited.json()['userId']}/links", json={"purpose": "STAFF_INVITATION"}
        )
    assert again.status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMPLIANCE_ADMIN])
async def test_nobody_else_sees_or_invites_staff(identity: RunningService, role: Role) -> None:
    async with identity.client(actor(role)) as client:
        assert (await client.post("/staff", json=INVITATION)).status_code == 403
        assert (await client.get("/staff")).status_code == 403


async def test_addresses_and_employee_ids_are_taken_once_even_at_once(identity: RunningService) -> None:
    async with identity.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        answers = await asyncio.gather(*(compliance.post("/staff", json=INVITATION) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
        codes = {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409}
        assert codes == {"BIZ_EMAIL_TAKEN"}
        taken = await compliance.post("/staff", json=INVITATION | {"email": "other@example.test"})
        assert (taken.status_code, taken.json()["error"]["code"]) == (409, "BIZ_EMPLOYEE_ID_TAKEN")
        orphan = await compliance.post("/staff", json=INVITATION | {"managerId": str(new_id())})
        assert (orphan.status_code, orphan.json()["error"]["code"]) == (422, "BIZ_MANAGER_UNKNOWN")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"role": "PATIENT"}, "role"),
        ({"employeeId": ""}, "employeeId"),
        ({"permissions": ["all of it"]}, "permissions[0]"),
    ],
)
async def test_a_bad_invitation_is_refused(identity: RunningService, changes: dict[str, Any], field: str) -> None:
    async with identity.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        refused = await compliance.post("/staff", json=INVITATION | changes)
    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == field


async def _seed(identity: RunningService, monkeypatch: pytest.MonkeyPatch, accounts: Any) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(accounts)))
    return await seeding.run(identity.resources, Namespace())


async def test_seeded_staff_log_in_with_their_second_factor_and_seeding_again_changes_nothing(
    identity: RunningService, people: People, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _seed(identity, monkeypatch, [SEED]) == 0
    [first] = json.loads(capsys.readouterr().out)
    before = await identity.resources.database.reads.fetchrow("SELECT * FROM users")
    assert await _seed(identity, monkeypatch, [SEED]) == 0
    [second] = json.loads(capsys.readouterr().out)
    after = await identity.resources.database.reads.fetchrow("SELECT * FROM users")
    assert first == second == SEED | {"userId": str(before["id"])}
    assert dict(before) == dict(after)
    member = Account(SEED["email"], Role.OPS, before["id"], totp_secret=SEED["totpSecret"])
    async with await people.client(member) as client:
        me = (await client.get("/users/me")).json()
    assert (me["role"], me["mfaEnabled"], me["emailVerified"]) == ("OPS", True, True)


async def test_seeding_sets_a_changed_account_right(
    identity: RunningService, people: People, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await _seed(identity, monkeypatch, [SEED])
    user_id = json.loads(capsys.readouterr().out)[0]["userId"]
    async with identity.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        await compliance.patch(f"/users/{user_id}", json={"status": "SUSPENDED"})
    secret = pyotp.random_base32()
    assert await _seed(identity, monkeypatch, [SEED | {"totpSecret": secret, "password": "tout autre chose"}]) == 0
    member = Account(SEED["email"], Role.OPS, user_id, password="tout autre chose", totp_secret=secret)
    await people.log_in(member)


async def test_seeding_refuses_bad_input_naming_it_without_its_values(
    identity: RunningService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await _seed(identity, monkeypatch, [SEED | {"role": "PATIENT", "password": "kurz"}]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "0.role" in told.err
    assert "0.password" in told.err
    assert "kurz" not in told.err
    assert await identity.resources.database.reads.fetchval("SELECT count(*) FROM users") == 0


async def test_seeding_refuses_in_production(
    run_identity: Callable[..., Awaitable[RunningService]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    identity = await run_identity()
    settings = identity.resources.settings
    identity.resources.settings = settings.model_copy(update={"axtech_env": "production"})
    assert await _seed(identity, monkeypatch, [SEED]) == 1
    assert "production" in capsys.readouterr().err
    assert await identity.resources.database.reads.fetchval("SELECT count(*) FROM users") == 0
