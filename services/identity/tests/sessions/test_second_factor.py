"""Enrolling, activating and giving the second factor."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pyotp
from common.clock import now, travel
from common.contracts.enums import LinkPurpose, Role
from common.testing import RunningService
from common.testing.keys import actor
from identity.sessions.domain import TRUST_LIFETIME
from identity.testing import PASSWORD, Account, People

FINGERPRINT = "a-fingerprint-of-a-browser"


async def _first_step(identity: RunningService, account: Account, **changes: Any) -> dict[str, Any]:
    body = {"email": account.email, "password": account.password} | changes
    answer = await identity.http.post("/api/v1/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _second_step(identity: RunningService, token: str, code: str, **changes: Any) -> httpx.Response:
    return await identity.http.post("/api/v1/auth/mfa/verify", json={"mfaToken": token, "code": code} | changes)


async def test_invited_staff_enrol_before_they_can_do_anything(identity: RunningService, people: People) -> None:
    invitation = {"email": "ops@example.test", "role": "OPS", "employeeId": "E-1", "department": "OPS"}
    async with identity.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        invited = (await compliance.post("/staff", json=invitation)).json()
    token = await people.link_token(invited["userId"], LinkPurpose.STAFF_INVITATION)
    await identity.http.post("/api/v1/auth/password/reset", json={"token": token, "newPassword": PASSWORD})
    member = Account("ops@example.test", Role.OPS, invited["userId"])
    first = await _first_step(identity, member)
    assert first["mfaEnrollmentRequired"] is True
    assert "refreshToken" not in first
    async with people.bearer(first["accessToken"]) as enrolling:
        assert (await enrolling.get("/users/me")).status_code == 401
        secret = (await enrolling.post("/auth/mfa/enroll")).json()["secret"]
        activated = await enrolling.post("/auth/mfa/activate", json={"code": pyotp.TOTP(secret).now()})
    assert activated.status_code == 200
    assert len(set(activated.json()["recoveryCodes"])) == 10
    enrolled = Account(member.email, Role.OPS, member.user_id, totp_secret=secret)
    token = (await _first_step(identity, enrolled))["mfaToken"]
    tokens = (await _second_step(identity, token, enrolled.code(steps=1))).json()
    async with people.bearer(tokens["accessToken"]) as client:
        assert (await client.get("/users/me")).json()["mfaEnabled"] is True


async def test_a_patient_may_have_a_second_factor_too(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with await people.client(patient) as client:
        enrolling = (await client.post("/auth/mfa/enroll")).json()
        assert f"secret={enrolling['secret']}" in enrolling["otpauthUri"]
        wrong = await client.post("/auth/mfa/activate", json={"code": "000000"})
        assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "AUTH_MFA_CODE_INVALID")
        code = pyotp.TOTP(enrolling["secret"]).now()
        assert (await client.post("/auth/mfa/activate", json={"code": code})).status_code == 200
    assert (await _first_step(identity, patient))["mfaRequired"] is True


async def test_activating_needs_an_enrolment(people: People) -> None:
    async with await people.client(await people.patient()) as client:
        refused = await client.post("/auth/mfa/activate", json={"code": "123456"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "AUTH_MFA_NOT_ENROLLED")


async def test_a_code_works_once_and_older_ones_not_at_all(identity: RunningService, people: People) -> None:
    member = await people.staff(Role.OPS)
    token = (await _first_step(identity, member))["mfaToken"]
    code, before = member.code(), member.code(steps=-1)
    assert (await _second_step(identity, token, code)).status_code == 200
    for spent in (code, before):
        replayed = await _second_step(identity, token, spent)
        assert (replayed.status_code, replayed.json()["error"]["code"]) == (401, "AUTH_MFA_CODE_INVALID")


async def test_a_clock_may_be_off_by_half_a_minute_and_not_by_more(identity: RunningService, people: People) -> None:
    for steps, status in ((-1, 200), (1, 200), (-2, 401), (2, 401)):
        member = await people.staff(Role.OPS)
        token = (await _first_step(identity, member))["mfaToken"]
        with travel(_early_in_a_step()):
            assert (await _second_step(identity, token, member.code(steps=steps))).status_code == status


def _early_in_a_step() -> datetime:
    """The last moment at which a step of 30 seconds was five seconds old: none ends while a code is on its way."""
    return now() - timedelta(seconds=(now().timestamp() - 5) % 30)


async def test_a_recovery_code_stands_in_once(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with await people.client(patient) as client:
        secret = (await client.post("/auth/mfa/enroll")).json()["secret"]
        activated = await client.post("/auth/mfa/activate", json={"code": pyotp.TOTP(secret).now()})
    code = activated.json()["recoveryCodes"][3]
    token = (await _first_step(identity, patient))["mfaToken"]
    assert (await _second_step(identity, token, code.lower().replace("-", ""))).status_code == 200
    assert (await _second_step(identity, token, code)).status_code == 401


async def test_enrolling_another_needs_the_present_one(identity: RunningService, people: People) -> None:
    member = await people.staff(Role.OPS)
    async with await people.client(member) as client:
        refused = await client.post("/auth/mfa/enroll")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "AUTH_MFA_ACTIVE")
        with travel(now() + timedelta(seconds=30)):
            allowed = await client.post("/auth/mfa/enroll", json={"code": member.code()})
            assert allowed.status_code == 200
            code = pyotp.TOTP(allowed.json()["secret"]).at(now())
            assert (await client.post("/auth/mfa/activate", json={"code": code})).status_code == 200
    with travel(now() + timedelta(minutes=2)):
        token = (await _first_step(identity, member))["mfaToken"]
        refused = await _second_step(identity, token, member.code())
        assert refused.json()["error"]["code"] == "AUTH_MFA_CODE_INVALID"


async def test_wrong_codes_count_as_failed_logins(identity: RunningService, people: People) -> None:
    member = await people.staff(Role.OPS)
    token = (await _first_step(identity, member))["mfaToken"]
    for _ in range(5):
        assert (await _second_step(identity, token, "000000")).status_code == 401
    locked = await _second_step(identity, token, member.code())
    assert (locked.status_code, locked.json()["error"]["code"]) == (429, "AUTH_TOO_MANY_ATTEMPTS")
    answer = await identity.http.post("/api/v1/auth/login", json={"email": member.email, "password": member.password})
    assert answer.status_code == 429


async def test_a_trusted_device_is_not_asked_again_for_a_month(identity: RunningService, people: People) -> None:
    member = await people.staff(Role.OPS)
    token = (await _first_step(identity, member, deviceFingerprint=FINGERPRINT))["mfaToken"]
    assert (await _second_step(identity, token, member.code(), trustDevice=True)).status_code == 200
    assert "accessToken" in await _first_step(identity, member, deviceFingerprint=FINGERPRINT)
    assert "mfaToken" in await _first_step(identity, member, deviceFingerprint="another-browser-altogether")
    assert "mfaToken" in await _first_step(identity, member)
    with travel(now() + TRUST_LIFETIME):
        assert "mfaToken" in await _first_step(identity, member, deviceFingerprint=FINGERPRINT)


async def test_a_device_is_trusted_for_its_own_user_only_and_until_the_password_changes(
    identity: RunningService, people: People
) -> None:
    member, colleague = await people.staff(Role.OPS), await people.staff(Role.OPS)
    token = (await _first_step(identity, member, deviceFingerprint=FINGERPRINT))["mfaToken"]
    tokens = (await _second_step(identity, token, member.code(), trustDevice=True)).json()
    assert "mfaToken" in await _first_step(identity, colleague, deviceFingerprint=FINGERPRINT)
    async with people.bearer(tokens["accessToken"]) as client:
        await client.post(
            "/auth/password/change", json={"currentPassword": PASSWORD, "newPassword": "un autre mot de passe"}
        )
    again = await _first_step(identity, member, password="un autre mot de passe", deviceFingerprint=FINGERPRINT)
    assert "mfaToken" in again


async def test_a_second_factor_token_lasts_five_minutes(identity: RunningService, people: People) -> None:
    member = await people.staff(Role.OPS)
    with travel(now() - timedelta(minutes=5, seconds=1)):
        token = (await _first_step(identity, member))["mfaToken"]
    refused = await _second_step(identity, token, member.code())
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "AUTH_MFA_TOKEN_INVALID")
