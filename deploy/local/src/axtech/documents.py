"""The generated documents under `docs/`: OpenAPI and AsyncAPI of each service, the map of events,
the settings, the capacity plan."""

import importlib
import json
import tempfile
from pathlib import Path
from typing import Any

from common.contracts import map as contract_map
from common.contracts.map import SERVICES
from common.events.asyncapi import asyncapi_document
from common.events.contract import Contract, Event
from common.runtime import Service, openapi_document

from axtech.capacity import capacity_page
from axtech.configuration import configuration_page
from axtech.project import ROOT
from axtech.stack.environment import Places, service_environment
from axtech.stack.ports import DEFAULTS
from axtech.stack.secrets import Secrets

FOLDER = ROOT / "docs"


def documents() -> dict[Path, str]:
    """Every generated file, with what it should hold."""
    made: dict[Path, str] = {
        FOLDER / "events.md": events_page(),
        FOLDER / "configuration.md": configuration_page(),
        FOLDER / "capacity.md": capacity_page(),
    }
    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder), DEFAULTS, Secrets())
        for service in SERVICES:
            made[FOLDER / "openapi" / f"{service}.json"] = _openapi(places, service) + "\n"
            asyncapi = json.dumps(asyncapi_document(service), indent=2, ensure_ascii=False)
            made[FOLDER / "asyncapi" / f"{service}.json"] = asyncapi + "\n"
    return made


def _openapi(places: Places, name: str) -> str:
    service: Service[Any] = importlib.import_module(f"{name}.app").SERVICE
    environment = service_environment(places, name)
    given = {key.lower(): value for key, value in environment.items()}
    given["encryption_keyring"] = places.secrets.keyring()
    accepted = {key: value for key, value in given.items() if key in service.settings.model_fields}  # type: ignore[attr-defined]
    return openapi_document(service, service.resources(service.settings(**accepted)))


def events_page() -> str:
    """Who publishes what, who reacts, which queues and schedules there are; as a page."""
    lines = [
        "# Events, queues and schedules",
        "",
        "Made from `common.contracts` by `make documents`. Shapes are in `asyncapi/`, rules in `decisions/`.",
        "",
        "```mermaid",
        "flowchart LR",
        *_arrows(),
        "```",
    ]
    for service in SERVICES:
        lines += ["", f"## {service} publishes", "", "| event | read by |", "|---|---|"]
        events = [c for c in Contract.registry.values() if c.service == service and issubclass(c, Event)]
        for event in sorted(events, key=lambda event: event.name):
            readers = sorted(spec.durable for spec in contract_map.CONSUMERS if event in spec.events)
            lines.append(f"| `{event.name}` v{event.version} | {', '.join(f'`{r}`' for r in readers) or '–'} |")
    lines += ["", "## Queues", "", "| queue | service | at once | attempts | first delay |", "|---|---|---|---|---|"]
    lines += [
        f"| `{q.name}` | {q.service} | {q.concurrency} | {q.retry.attempts} | {q.retry.first_delay:g} s |"
        for q in contract_map.QUEUES
    ]
    lines += ["", "## Schedules", "", "| job | service | when | does |", "|---|---|---|---|"]
    lines += [f"| `{s.job}` | {s.service} | `{s.every}` | {s.describes} |" for s in contract_map.SCHEDULES]
    return "\n".join(lines) + "\n"


def _arrows() -> list[str]:
    pairs: dict[tuple[str, str], int] = {}
    for spec in contract_map.CONSUMERS:
        for event in spec.events:
            pairs[event.service, spec.service] = pairs.get((event.service, spec.service), 0) + 1
    return [
        f"  {source} -->|{count}| {target}" for (source, target), count in sorted(pairs.items()) if source != target
    ]


def differences() -> list[str]:
    """The files under `docs/` that are not what they should be, by their paths in the project."""
    return [
        str(path.relative_to(ROOT))
        for path, text in documents().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def write() -> list[str]:
    """Write them; returns those that changed."""
    changed = differences()
    for path, text in documents().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return changed
