"""Known vulnerabilities of what is locked: `python -m tests.security.advisories` writes them down anew from OSV.

`advisories.json` is what the tests hold the lock file against, so that no test needs the network: of each locked
package all advisories known on a day, those that it has long mended among them.
"""

import asyncio
import json
import operator
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
from packaging.version import Version

ROOT = Path(__file__).parents[2]
KNOWN = Path(__file__).with_name("advisories.json")
OSV = "https://api.osv.dev"
_AT_ONCE = 8
_COMPARED = {"<": operator.lt, "<=": operator.le, ">=": operator.ge, ">": operator.gt, "==": operator.eq}


@dataclass(frozen=True, slots=True)
class Advisory:
    """One vulnerability; a version in any of the ranges `affected`, such as `>=2.0,<2.10.1`, is in danger."""

    id: str
    affected: tuple[str, ...]
    summary: str

    def concerns(self, version: str) -> bool:
        """Whether `version` is in danger."""
        return any(all(_holds(Version(version), part) for part in one.split(",")) for one in self.affected)


def _holds(version: Version, comparison: str) -> bool:
    """As versions are ordered: unlike a requirement's, `<2.10.1` holds for `2.10.1rc1` too."""
    told = re.fullmatch(r"([<>=]+)(.+)", comparison)
    if told is None:
        raise ValueError(f"{comparison} is no comparison of versions")
    return bool(_COMPARED[told[1]](version, Version(told[2])))


def locked() -> dict[str, str]:
    """The packages of the lock file that come from a registry, and their versions."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    return {one["name"]: one["version"] for one in lock["package"] if "registry" in one["source"]}


def known() -> dict[str, list[Advisory]]:
    """What is written down, by package."""
    told = json.loads(KNOWN.read_text())["packages"]
    return {
        name: [Advisory(one["id"], tuple(one["affected"]), one["summary"]) for one in advisories]
        for name, advisories in told.items()
    }


def as_told_by_osv(name: str, vulnerability: dict[str, Any]) -> Advisory | None:
    """One of OSV's entries about the package `name`; None for one that was withdrawn or names no version range."""
    ranges = [
        given
        for affected in vulnerability.get("affected", ())
        if affected.get("package", {}).get("ecosystem") == "PyPI" and affected["package"]["name"].lower() == name
        for given in affected.get("ranges", ())
        if given["type"] == "ECOSYSTEM"
    ]
    found = tuple(one for given in ranges for one in _specifiers(given["events"]))
    if "withdrawn" in vulnerability or not found:
        return None
    return Advisory(vulnerability["id"], found, vulnerability.get("summary", ""))


def _specifiers(events: list[dict[str, str]]) -> Iterator[str]:
    """`introduced`, `fixed` and `last_affected` in their order, as ranges."""
    since: str | None = None
    for event in events:
        if "introduced" in event:
            since = ">=0" if event["introduced"] == "0" else f">={event['introduced']}"
        elif since is not None and ("fixed" in event or "last_affected" in event):
            until = f"<{event['fixed']}" if "fixed" in event else f"<={event['last_affected']}"
            yield f"{since},{until}"
            since = None
    if since is not None:
        yield since


async def ask(client: httpx.AsyncClient, name: str) -> list[Advisory]:
    """All that OSV knows about a package, sorted by id. `httpx.HTTPError` where it does not answer."""
    found: list[Advisory] = []
    question: dict[str, Any] = {"package": {"name": name, "ecosystem": "PyPI"}}
    while True:
        answer = (await client.post("/v1/query", json=question)).raise_for_status().json()
        found += filter(None, (as_told_by_osv(name, one) for one in answer.get("vulns", ())))
        if "next_page_token" not in answer:
            return sorted(found, key=lambda one: one.id)
        question["page_token"] = answer["next_page_token"]


async def ask_all(url: str = OSV) -> dict[str, list[Advisory]]:
    """What OSV knows about every locked package; those without an advisory among them."""
    turns = asyncio.Semaphore(_AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:

        async def one(name: str) -> list[Advisory]:
            async with turns:
                sys.stderr.write(f"{name}\n")
                return await ask(client, name)

        names = sorted(locked())
        return dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))


def write(packages: dict[str, list[Advisory]], day: date) -> None:
    """Write them down as known on `day`."""
    told = {name: [asdict(one) for one in advisories] for name, advisories in packages.items()}
    KNOWN.write_text(json.dumps({"asOf": day.isoformat(), "packages": told}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    from common.clock import today

    write(asyncio.run(ask_all()), today())
