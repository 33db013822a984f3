"""No package that is locked is known to be vulnerable."""

import json
from typing import Any

import httpx
import pytest

from tests.security import advisories
from tests.security.advisories import Advisory, known, locked

TEMPLATES = {
    "id": "GHSA-462w-v97r-4m45",
    "summary": "Sandbox escape",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Jinja2"},
            "ranges": [
                {"type": "GIT", "events": [{"introduced": "0"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.10.1"}, {"introduced": "3.0"}]},
            ],
        },
        {
            "package": {"ecosystem": "npm", "name": "jinja2"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
        },
    ],
}


def test_no_locked_package_has_a_known_vulnerability() -> None:
    packages = known()
    found = [
        f"{name} {version}: {one.id} {one.summary}"
        for name, version in locked().items()
        for one in packages.get(name, ())
        if one.concerns(version)
    ]
    assert found == []


def test_what_is_known_concerns_what_is_locked() -> None:
    packages = known()
    assert {"cryptography", "pyjwt", "starlette", "jinja2"} <= {name for name, found in packages.items() if found}
    assert any(one.concerns("2.10") for one in packages["jinja2"])
    assert any(one.concerns("41.0.0") for one in packages["cryptography"])


@pytest.mark.parametrize(
    ("version", "concerned"),
    [("2.10", True), ("2.10.1rc1", True), ("2.10.1", False), ("2.11", False), ("3.0", True), ("3.1.6", True)],
)
def test_the_ranges_of_an_advisory_are_read_as_osv_means_them(version: str, concerned: bool) -> None:
    read = advisories.as_told_by_osv("jinja2", TEMPLATES)
    assert read is not None
    assert read.concerns(version) is concerned


def test_a_withdrawn_advisory_concerns_nobody() -> None:
    assert advisories.as_told_by_osv("jinja2", {**TEMPLATES, "withdrawn": "2026-01-01T00:00:00Z"}) is None
    assert advisories.as_told_by_osv("markupsafe", TEMPLATES) is None


async def test_an_answer_in_pages_is_read_to_its_end() -> None:
    asked: list[dict[str, Any]] = []

    def osv(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        if "page_token" in asked[-1]:
            return httpx.Response(200, json={"vulns": [{**TEMPLATES, "id": "GHSA-1"}]})
        return httpx.Response(200, json={"vulns": [TEMPLATES], "next_page_token": "more"})

    async with httpx.AsyncClient(base_url="https://osv.example", transport=httpx.MockTransport(osv)) as client:
        found = await advisories.ask(client, "jinja2")
    assert [one.id for one in found] == ["GHSA-1", "GHSA-462w-v97r-4m45"]
    assert found[0] == Advisory("GHSA-1", (">=0,<2.10.1", ">=3.0"), "Sandbox escape")
    assert [one.get("page_token") for one in asked] == [None, "more"]
