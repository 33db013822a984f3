"""Consents: given, read, withdrawn; never changed."""

from datetime import timedelta

import asyncpg
import pytest
from common.clock import now, travel
from common.contracts.enums import Role
from common.testing import RunningService
from common.testing.keys import actor
from identity.testing import NIR, Account, People
from identity.upkeep.schedules import expire_consents

MARKETING = {"consentType": "MARKETING", "version": "2.1.0", "textHash": "CD" * 32}


async def test_a_patient_gives_and_withdraws_and_all_stays_on_record(identity: RunningService, people: People) -> None:
    patient = await people.patient()
    path = f"/patients/{patient.profile_id}/consents"
    async with await people.client(patient) as client:
        given = await client.post(path, json=MARKETING, headers={"User-Agent": "Firefox"})
        assert given.status_code == 201
        assert given.json()["textHash"] == "cd" * 32
        assert (given.json()["ipAddress"], given.json()["userAgent"]) == ("127.0.0.1", "Firefox")
        withdrawn = await client.post(f"/consents/{given.json()['id']}/withdraw")
        assert withdrawn.json()["withdrawnAt"] >= given.json()["consentedAt"]
        again = await client.post(f"/consents/{given.json()['id']}/withdraw")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "BIZ_CONSENT_WITHDRAWN")
        listed = (await client.get(path)).json()["items"]
    assert [one["consentType"] for one in listed] == ["MARKETING", "TERMS_OF_SERVICE", "HEALTH_DATA"]
    assert [one["withdrawnAt"] is None for one in listed] == [False, True, True]
    [event] = await identity.recorded("consent.withdrawn")
    assert event.data["consentType"] == "MARKETING"


async def test_withdrawing_a_version_withdraws_the_earlier_ones_too(people: People) -> None:
    patient = await people.patient()
    path = f"/patients/{patient.profile_id}/consents"
    async with await people.client(patient) as client:
        await client.post(path, json=MARKETING)
        newer = await client.post(path, json=MARKETING | {"version": "2.2.0"})
        await client.post(f"/consents/{newer.json()['id']}/withdraw")
        listed = (await client.get(path)).json()["items"]
    assert [one["withdrawnAt"] is None for one in listed] == [False, False, True, True]


GIVE = {Role.OPS: 403, Role.BILLING: 403, Role.COMPLIANCE_ADMIN: 403}
READ = {Role.OPS: 403, Role.BILLING: 403, Role.COMPLIANCE_ADMIN: 200}


@pytest.mark.parametrize("role", list(Role))
async def test_nobody_consents_for_a_patient_and_compliance_reads(
    identity: RunningService, people: People, role: Role
) -> None:
    patient = await people.patient()
    path = f"/patients/{patient.profile_id}/consents"
    async with await people.client(patient) as client:
        consent_id = (await client.get(path)).json()["items"][0]["id"]
    async with identity.client(actor(role)) as client:
        assert (await client.post(path, json=MARKETING)).status_code == GIVE.get(role, 404)
        assert (await client.get(path)).status_code == READ.get(role, 404)
        assert (await client.post(f"/consents/{consent_id}/withdraw")).status_code == GIVE.get(role, 404)


async def test_a_proxy_consents_for_the_patient_in_their_own_name(identity: RunningService, people: People) -> None:
    patient, helper = await people.patient(), await people.patient()
    assert patient.profile_id
    proxy = actor(Role.PATIENT, user_id=helper.user_id, proxy_for=frozenset({patient.profile_id}))
    async with identity.client(proxy) as client:
        made = await client.post(f"/patients/{patient.profile_id}/consents", json=MARKETING)
    assert made.status_code == 201
    given_by = await identity.resources.database.reads.fetchval(
        "SELECT given_by FROM consents WHERE consent_type = 'MARKETING'"
    )
    assert str(given_by) == str(helper.user_id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consents SET version = '9.9.9'",
        "UPDATE consents SET withdrawn_at = NULL",
        "DELETE FROM consents",
        "TRUNCATE consents",
    ],
)
async def test_the_database_refuses_to_rewrite_consents(
    identity: RunningService, people: People, statement: str
) -> None:
    patient: Account = await people.patient()
    async with await people.client(patient) as client:
        path = f"/patients/{patient.profile_id}/consents"
        for consent in (await client.get(path)).json()["items"]:
            await client.post(f"/consents/{consent['id']}/withdraw")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await identity.resources.database.reads.execute(statement)


async def test_a_withdrawn_consent_to_health_data_hides_the_patient_from_prescribers(
    identity: RunningService, people: People
) -> None:
    patient = await people.patient()
    numbers = {"nir": NIR, "dateOfBirth": "1995-10-12"}
    path = f"/patients/{patient.profile_id}/consents"
    async with await people.client(patient) as client, identity.client(actor(Role.PRESCRIBER)) as prescriber:
        assert (await prescriber.post("/patients/lookup", json=numbers)).status_code == 200
        health = (await client.get(path)).json()["items"][1]
        await client.post(f"/consents/{health['id']}/withdraw")
        assert (await prescriber.post("/patients/lookup", json=numbers)).status_code == 404
        again = {name: health[name] for name in ("consentType", "version", "textHash")}
        await client.post(path, json=again)
        assert (await prescriber.post("/patients/lookup", json=numbers)).status_code == 200


async def test_a_consent_to_marketing_runs_out_after_three_years_unless_given_anew(
    identity: RunningService, people: People
) -> None:
    patient = await people.patient()
    path = f"/patients/{patient.profile_id}/consents"
    begun = now()
    async with await people.client(patient) as client:
        await client.post(path, json=MARKETING)
        with travel(begun + timedelta(days=700)):
            await client.post(path, json=MARKETING | {"version": "3.0.0"})
        for days, standing in ((3 * 365, 4), (3 * 365 + 2, 3), (3 * 365 + 698, 3), (3 * 365 + 703, 2)):
            with travel(begun + timedelta(days=days)):
                await expire_consents(identity.resources)
            listed = (await client.get(path)).json()["items"]
            assert sum(one["withdrawnAt"] is None for one in listed) == standing, days
    actions = [entry.data["action"] for entry in await identity.recorded("audit.recorded")]
    assert actions.count("consent.expire") == 2
