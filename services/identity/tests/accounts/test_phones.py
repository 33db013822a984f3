"""Verifying a phone number by the code sent to it."""

from common.clock import now, travel
from common.contracts.enums import Role
from common.testing import RunningService
from identity.accounts.domain import PHONE_CODE_LIFETIME
from identity.testing import Account, People

PHONE = "+33612345678"


async def _code(identity: RunningService, account: Account) -> str:
    async with identity.internal("notifications") as notifications:
        made = await notifications.post(f"/users/{account.user_id}/phone-code")
    assert made.status_code == 200, made.text
    return str(made.json()["code"])


async def test_a_number_is_verified_by_its_code(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with await people.client(patient) as client:
        assert (await client.post("/auth/phone/request", json={"phone": PHONE})).status_code == 202
        confirmed = await client.post("/auth/phone/confirm", json={"code": await _code(identity, patient)})
        me = (await client.get("/users/me")).json()
    assert confirmed.json() == {"phone": PHONE, "phoneVerified": True}
    assert (me["phone"], me["phoneVerified"]) == (PHONE, True)
    [requested] = await identity.recorded("user.phone-code-requested")
    assert requested.data == {"userId": str(patient.user_id)}
    async with identity.internal("notifications") as notifications:
        nothing_left = await notifications.post(f"/users/{patient.user_id}/phone-code")
    assert nothing_left.status_code == 404


async def test_a_code_is_good_once_in_time_and_for_five_tries(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with await people.client(patient) as client:
        await client.post("/auth/phone/request", json={"phone": PHONE})
        code = await _code(identity, patient)
        with travel(now() + PHONE_CODE_LIFETIME):
            late = await client.post("/auth/phone/confirm", json={"code": code})
        assert (late.status_code, late.json()["error"]["code"]) == (400, "AUTH_PHONE_CODE_INVALID")
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        for _ in range(5):
            assert (await client.post("/auth/phone/confirm", json={"code": wrong})).status_code == 400
        spent = await client.post("/auth/phone/confirm", json={"code": code})
        assert spent.status_code == 400
        again = await client.post("/auth/phone/confirm", json={"code": await _code(identity, patient)})
    assert again.status_code == 200


async def test_a_code_sent_to_one_number_does_not_verify_another(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    async with await people.client(patient) as client:
        await client.post("/auth/phone/request", json={"phone": PHONE})
        code = await _code(identity, patient)
        await client.post("/auth/phone/request", json={"phone": "+33687654321"})
        refused = await client.post("/auth/phone/confirm", json={"code": code})
    assert refused.status_code == 400


async def test_a_number_of_another_account_is_neither_taken_nor_told_of(
    identity: RunningService, people: People
) -> None:
    owner, other = await people.patient(), await people.patient()
    async with await people.client(owner) as client:
        await client.post("/auth/phone/request", json={"phone": PHONE})
    async with await people.client(other) as client:
        asked = await client.post("/auth/phone/request", json={"phone": PHONE})
        me = (await client.get("/users/me")).json()
    assert asked.status_code == 202
    assert me["phone"] is None
    assert len(await identity.recorded("user.phone-code-requested")) == 1


async def test_without_a_number_there_is_nothing_to_verify(people: People) -> None:
    async with await people.client(await people.staff(Role.OPS)) as client:
        refused = await client.post("/auth/phone/request")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "BIZ_NO_PHONE")
