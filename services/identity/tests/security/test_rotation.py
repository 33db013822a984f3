"""Exchanging the key-encryption key while the service runs."""

import base64
import json
from collections.abc import Awaitable, Callable

import pytest
from common.contracts.enums import Role
from common.crypto import Cipher, Keyring
from common.crypto.rotation import rotate
from common.testing import RunningService
from common.testing.keys import actor
from identity.security.columns import ENCRYPTED
from identity.tables import Base
from identity.testing import NIR, People
from sqlalchemy import String

OLD, NEW = (base64.b64encode(bytes([byte]) * 32).decode() for byte in (1, 2))
RunIdentity = Callable[..., Awaitable[RunningService]]


def _keyring(current: str, **keys: str) -> str:
    return json.dumps({"current": current, "keys": keys})


async def _rotate(identity: RunningService, cipher: Cipher) -> dict[str, int]:
    database = identity.resources.database
    return {f"{table}.{column}": await rotate(database, cipher, table, column) for table, column in ENCRYPTED}


async def test_every_value_is_wrapped_anew_and_reads_as_before(
    run_identity: RunIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = await run_identity(encryption_keyring=_keyring("old", old=OLD))
    people = People(identity)
    patient = await people.patient(carteVitaleNumber="8025000012345678")
    member = await people.staff(Role.OPS)
    async with await people.client(member) as client:
        emergency = {"patientId": str(patient.profile_id), "justification": "x" * 20}
        assert (await client.post("/break-glass", json=emergency)).status_code == 201
    both = Cipher(Keyring.from_json(_keyring("new", old=OLD, new=NEW)))
    assert await _rotate(identity, both) == {
        "users.mfa_secret": 1,
        "users.mfa_pending_secret": 0,
        "patient_profiles.nir": 1,
        "patient_profiles.carte_vitale_number": 1,
        "break_glass_grants.justification": 1,
    }
    assert set((await _rotate(identity, both)).values()) == {0}
    monkeypatch.setattr(identity.resources, "cipher", Cipher(Keyring.from_json(_keyring("new", new=NEW))))
    async with identity.client(actor(Role.OPS)) as ops:
        read = (await ops.get(f"/patients/{patient.profile_id}")).json()
    assert (read["nir"], read["carteVitaleNumber"]) == (NIR, "8025000012345678")


async def test_no_encrypted_column_is_forgotten(identity: RunningService, people: People) -> None:
    await people.patient(carteVitaleNumber="8025000012345678")
    await people.staff(Role.OPS)
    known = set(ENCRYPTED)
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String) and (table.name, column.name) not in known:
                sealed = await identity.resources.database.reads.fetchval(
                    f"SELECT count(*) FROM {table.name} WHERE \"{column.name}\"::text LIKE 'v1.k1.%'"  # noqa: S608
                )
                assert sealed == 0, f"{table.name}.{column.name}"
