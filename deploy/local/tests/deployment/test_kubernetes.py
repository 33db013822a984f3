"""What is generated for Kubernetes, against the lists it is made of."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from axtech.gateway.routes import load_routes
from axtech.project import ROOT
from axtech.stack.environment import Places, service_environment
from axtech.stack.ports import DEFAULTS
from axtech.stack.secrets import Secrets
from common.contracts.map import QUEUES, SERVICES

KUBERNETES = ROOT / "deploy/k8s"


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("kubernetes_generate", path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules["kubernetes_generate"] = found
    spec.loader.exec_module(found)
    return found


generate = module(KUBERNETES / "generate.py")


@pytest.mark.parametrize("name", ["scaling.yaml", "routes.yaml", "rules.yaml", "access.yaml"])
def test_generated_files_are_committed_as_generated(name: str) -> None:
    assert (generate.FOLDER / name).read_text() == generate.files()[name]


def test_every_service_has_a_folder_and_is_in_the_base() -> None:
    resources = yaml.safe_load((KUBERNETES / "base/kustomization.yaml").read_text())["resources"]
    assert {f"../services/{service}" for service in SERVICES} <= set(resources)


def routes() -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in generate.routes(load_routes()) if one["kind"] == "HTTPRoute"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_routed_what_the_list_gives_it_and_nothing_else(service: str) -> None:
    listed = load_routes()
    matches = [match for rule in routes()[service]["spec"]["rules"] for match in rule["matches"]]
    under = {match["path"]["value"] for match in matches if match["path"]["type"] == "PathPrefix"}
    larger = {entry.path for entry in listed.larger_bodies if listed.owner(entry.path) == service}
    assert under == set(listed.services[service].paths) | larger
    exact = {match["path"]["value"] for match in matches if match["path"]["type"] == "Exact"}
    assert exact == {f"/openapi/{service}.json", f"/asyncapi/{service}.json"}


def test_every_middleware_a_route_goes_through_is_there() -> None:
    made = generate.routes(load_routes())
    there = {one["metadata"]["name"] for one in made if one["kind"] == "Middleware"}
    asked = {
        part["extensionRef"]["name"]
        for route in routes().values()
        for rule in route["spec"]["rules"]
        for part in rule["filters"]
        if part["type"] == "ExtensionRef"
    }
    assert asked == there


def test_no_route_is_larger_than_the_gateway_api_allows() -> None:
    for route in routes().values():
        rules = route["spec"]["rules"]
        assert len(rules) <= 16
        assert all(len(rule["matches"]) <= 64 and len(rule["filters"]) <= 16 for rule in rules)


def test_workers_are_scaled_by_their_queues_and_never_to_none() -> None:
    scaled = {one["metadata"]["name"]: one["spec"] for one in generate.scaling()}
    assert set(scaled) == {f"{service}-worker" for service in SERVICES}
    for spec in scaled.values():
        assert 1 <= spec["minReplicaCount"] <= spec["maxReplicaCount"]
    for queue in QUEUES:
        consumers = {trigger["metadata"]["consumer"] for trigger in scaled[f"{queue.service}-worker"]["triggers"]}
        assert queue.durable in consumers


def test_a_database_is_asked_by_its_own_service_only() -> None:
    policies = {one["metadata"]["name"]: one["spec"] for one in generate.access()}
    for service in SERVICES:
        (allowed,) = policies[f"{service}-database"]["ingress"]
        (source,) = allowed["from"]
        assert source["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == service
        assert policies[f"{service}-database"]["podSelector"]["matchLabels"] == {
            "cnpg.io/cluster": f"{service}-database"
        }


@pytest.mark.parametrize("overlay", ["development", "staging", "production"])
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_given_every_setting_that_it_has_on_one_machine(service: str, overlay: str) -> None:
    places = Places(Path("/nowhere"), DEFAULTS, Secrets())
    given = _literals(KUBERNETES / "base") | _literals(KUBERNETES / f"overlays/{overlay}")
    patches = (KUBERNETES / f"services/{service}/kustomization.yaml").read_text()
    given |= set(re.findall(r"\{name: (\w+)_FILE,", patches))
    wanted = {name.removesuffix("_FILE") for name in service_environment(places, service)}
    # Providers have a default; storage outside is the same for clients as for services, and holds LGPI's files.
    elsewhere = {"S3_PUBLIC_ENDPOINT", "LGPI_EXCHANGE_FOLDER"}
    assert wanted - given <= {"PYTHONUNBUFFERED", *elsewhere, *_OF_SIMULATORS}
    assert service != "billing" or "LGPI_EXCHANGE_PREFIX" in given


_OF_SIMULATORS = {"BREVO_URL", "TWILIO_URL"}


def _literals(folder: Path) -> set[str]:
    (generator,) = yaml.safe_load((folder / "kustomization.yaml").read_text())["configMapGenerator"]
    return {literal.partition("=")[0].removesuffix("_FILE") for literal in generator["literals"]}
