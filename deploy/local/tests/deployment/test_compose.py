"""docker-compose.yml and what is prepared for it."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from axtech.compose import prepare, secret_files
from axtech.project import ROOT
from axtech.stack.environment import Places, service_environment
from axtech.stack.ports import DEFAULTS
from axtech.stack.secrets import Secrets
from common.contracts.map import SERVICES

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, one in CONTAINERS.items() if one["image"].startswith("axtech/")]


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    return Secrets()


def names(container: dict[str, Any]) -> set[str]:
    return {one if isinstance(one, str) else one["source"] for one in container.get("secrets", [])}


def test_each_secret_is_prepared_declared_and_used(secrets: Secrets) -> None:
    used = set().union(*(names(one) for one in CONTAINERS.values()))
    assert set(secret_files(secrets)) == set(COMPOSE["secrets"]) == used


def test_no_container_is_given_a_secret_of_another_service() -> None:
    for name in CONTAINERS.keys() - {"axtech"}:  # the operators' own, on all databases
        one = CONTAINERS[name]
        service = name.removeprefix("migrate-").removesuffix("-worker")
        of_services = {secret for secret in names(one) if secret.split("-")[0] in SERVICES}
        of_services -= {"billing-gateway-api-key"}  # the simulator's, too
        assert all(secret.startswith(f"{service}-") for secret in of_services), name


def test_only_migrations_get_the_owners_database_url() -> None:
    holders = {name for name, one in CONTAINERS.items() if any("migration" in secret for secret in names(one))}
    assert holders == {f"migrate-{service}" for service in SERVICES}


@pytest.mark.parametrize("name", OURS)
def test_containers_of_ours_may_do_nothing_but_work(name: str) -> None:
    one = CONTAINERS[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_is_limited_and_none_takes_whatever_is_latest(name: str) -> None:
    one = CONTAINERS[name]
    assert set(one["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    tag = one["image"].rpartition(":")[2]
    assert tag not in {"latest", one["image"]}


@pytest.mark.parametrize("service", SERVICES)
def test_api_and_worker_wait_for_migration_streams_and_buckets(service: str) -> None:
    for name in (service, f"{service}-worker"):
        needs = CONTAINERS[name]["depends_on"]
        done = {one for one, how in needs.items() if how["condition"] == "service_completed_successfully"}
        assert {f"migrate-{service}", "topology", "buckets"} <= done


def test_ports_are_this_machines_only() -> None:
    ports = [port for one in CONTAINERS.values() for port in one.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_gateway_reaches_no_server() -> None:
    assert CONTAINERS["gateway"]["networks"] == ["edge"]
    assert all("edge" not in CONTAINERS[name]["networks"] for name in ("postgres", "nats", "valkey", "seaweedfs"))


def test_what_is_prepared_is_private_and_stays_the_same(tmp_path: Path, secrets: Secrets) -> None:
    home = tmp_path / "compose"
    files = prepare(home, secrets)
    contents = {file: file.read_bytes() for file in files}
    assert prepare(home, secrets) == files
    assert {file: file.read_bytes() for file in files} == contents
    assert all(stat.S_IMODE(folder.stat().st_mode) == 0o700 for folder in (home, home / "secrets", home / "gateway"))


def test_the_gateway_listens_to_all_but_keeps_its_own_questions_inside(tmp_path: Path, secrets: Secrets) -> None:
    prepare(tmp_path, secrets)
    points = json.loads((tmp_path / "gateway/traefik.yaml").read_text())["entryPoints"]
    assert (points["web"]["address"], points["websecure"]["address"]) == (":8080", ":8443")
    assert points["inner"]["address"].startswith("127.0.0.1:")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_given_every_setting_that_it_has_on_one_machine(service: str, secrets: Secrets) -> None:
    places = Places(Path("/nowhere"), DEFAULTS, secrets)
    given = {name.removesuffix("_FILE") for name in CONTAINERS[service]["environment"]}
    by_default = {"PYTHONUNBUFFERED", *(f"{other.upper()}_URL" for other in SERVICES)}
    wanted = {name.removesuffix("_FILE") for name in service_environment(places, service)}
    assert wanted - by_default <= given
    assert CONTAINERS[f"{service}-worker"]["environment"] == CONTAINERS[service]["environment"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_setting_in_a_file_names_a_secret_that_is_mounted(service: str) -> None:
    one = CONTAINERS[service]
    mounted = {secret if isinstance(secret, str) else secret["target"] for secret in one["secrets"]}
    named = {
        value.removeprefix("/run/secrets/") for name, value in one["environment"].items() if name.endswith("_FILE")
    }
    assert named == mounted
