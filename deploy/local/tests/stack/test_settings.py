"""Ports, secrets and environments: what the stack is started with."""

import json
from pathlib import Path

import pytest
from axtech.stack.environment import Places, migration_environment, service_environment
from axtech.stack.ports import DEFAULTS, ports
from axtech.stack.secrets import Secrets, load_secrets
from common.auth.service_tokens import ServiceTokens
from common.contracts.map import SERVICES
from common.crypto import Keyring, KeyringFile
from common.servers import SeaweedFS
from common.settings import Settings
from hypothesis import given
from hypothesis import strategies as st


def test_no_two_parts_share_a_port_by_default() -> None:
    taken = list(DEFAULTS.values())
    taken += range(DEFAULTS["seaweedfs"] + 1, DEFAULTS["seaweedfs"] + SeaweedFS.PORTS)
    assert len(set(taken)) == len(taken)


def test_every_port_can_be_changed_by_the_environment() -> None:
    changed = {f"AXTECH_PORT_{name.upper()}": str(number) for number, name in enumerate(DEFAULTS, start=20_000)}
    assert ports(changed) == {name: number for number, name in enumerate(DEFAULTS, start=20_000)}


@given(st.text().filter(lambda text: not (text.isdecimal() and 1 <= int(text) <= 65_535)))
def test_what_is_not_a_port_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="AXTECH_PORT_CASES must be a port"):
        ports({"AXTECH_PORT_CASES": text})


def test_secrets_are_made_once_private_and_completed_when_the_list_grows(tmp_path: Path) -> None:
    made = load_secrets(tmp_path)
    file = tmp_path / "secrets.json"
    assert file.stat().st_mode & 0o077 == 0
    assert load_secrets(tmp_path) == made
    older = json.loads(file.read_text())
    del older["brevo_api_key"]
    file.write_text(json.dumps(older))
    completed = load_secrets(tmp_path)
    assert completed.model_dump(exclude={"brevo_api_key"}) == made.model_dump(exclude={"brevo_api_key"})
    assert load_secrets(tmp_path) == completed


def test_no_two_stacks_share_a_secret() -> None:
    first, second = Secrets().model_dump(), Secrets().model_dump()
    names = first.keys() - {"encryption_current"}  # the id of a key, not the key
    assert not any(first[name] == second[name] for name in names)


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_starts_with_sound_settings_of_its_own(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Places(tmp_path, ports({}), load_secrets(tmp_path))
    for name, value in service_environment(places, service).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    tokens = ServiceTokens(service, settings.service_key.get_secret_value(), settings.service_jwks)
    assert tokens.caller(f"Bearer {tokens.issue(service)}") == service
    assert f"{service}_runtime:" in settings.database_url.get_secret_value()
    assert settings.migration_database_url is None
    assert f"//{service}:" in settings.nats_url.get_secret_value()
    assert settings.bucket("documents") == "axtech-documents-development"
    keyring = settings.keyring()
    assert isinstance(keyring, KeyringFile)
    assert keyring() == Keyring.from_json(places.secrets.keyring())


def test_only_migrations_may_change_structure_and_only_identity_signs_for_users(tmp_path: Path) -> None:
    places = Places(tmp_path, ports({}), Secrets())
    assert "billing_owner:" in migration_environment(places, "billing")["MIGRATION_DATABASE_URL"]
    holders = {service for service in SERVICES if "JWT_SECRET" in service_environment(places, service)}
    assert holders == {"identity"}
