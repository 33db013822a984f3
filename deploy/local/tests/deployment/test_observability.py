"""Alerts, dashboards and runbooks against the metrics that the code has."""

import importlib
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from axtech.project import ROOT
from prometheus_client import REGISTRY

OBSERVABILITY = ROOT / "deploy/observability"
RULES = OBSERVABILITY / "rules/axtech.yaml"
RUNBOOKS = ROOT / "docs/runbooks"
OF_OTHERS = ("node_", "kubelet_", "cnpg_", "process_", "up", "ALERTS")
_WORDS = {"by", "le", "sum", "max", "rate", "increase", "histogram_quantile", "topk", "unless", "offset", "or", "time"}


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    import sys  # noqa: PLC0415

    sys.modules[path.stem] = found  # where dataclasses look for it
    spec.loader.exec_module(found)
    return found


dashboards = module(OBSERVABILITY / "dashboards.py")


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def metrics_of_the_code() -> set[str]:
    """Names as Prometheus shows them, histograms with their parts."""
    found: set[str] = set()
    sources = [*ROOT.glob("libs/common/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]
    for source in sources:
        for kind, name in re.findall(r"\b(Counter|Gauge|Histogram)\(\s*\"(\w+)\"", source.read_text()):
            found |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "Histogram" else {name}
    return found


def metrics_in(query: str) -> set[str]:
    bare = re.sub(r"\"[^\"]*\"|'[^']*'", "", query)
    bare = re.sub(r"\b(by|on|without)\s*\([^)]*\)", "", bare)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", bare)
    return set(re.findall(r"\b[A-Za-z_][A-Za-z_0-9]*", bare)) - _WORDS - {"m", "h", "d"}


QUERIES = [rule["expr"] for rule in alerts()] + [
    query
    for dashboard in dashboards.DASHBOARDS
    for _, row in dashboard.rows
    for panel in row
    for query in panel.queries.values()
]


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_asks_for_metrics_that_there_are(query: str) -> None:
    asked = {name for name in metrics_in(query) if not name.startswith(OF_OTHERS)}
    assert asked <= metrics_of_the_code()


@pytest.mark.parametrize("query", [query for query in QUERIES if "path=" in query])
def test_every_path_that_is_asked_for_is_one_of_the_services(query: str) -> None:
    documents = [json.loads(file.read_text()) for file in (ROOT / "docs/openapi").glob("*.json")]
    paths = [path for document in documents for path in document["paths"]]
    for asked in re.findall(r"path=~'([^']*)'", query):
        assert any(re.fullmatch(asked, path) for path in paths)


def test_a_query_is_read_as_meant() -> None:
    query = "sum by (service, le) (rate(a_bucket{status=~\"5..\",x='y'}[5m])) / b_total offset 10m > 0.01"
    assert metrics_in(query) == {"a_bucket", "b_total"}


@pytest.mark.parametrize(
    ("alert", "condition", "lasting", "severity"),
    [
        ("ApiErrorRate", "> 0.01", "5m", "critical"),
        ("ApiLatency", "> 2", "5m", "warning"),
        ("QueueBacklog", "> 1000", "10m", "warning"),
        ("DiskUsage", "> 0.8", "5m", "warning"),
    ],
)
def test_the_specifications_alerts_are_as_it_says(alert: str, condition: str, lasting: str, severity: str) -> None:
    rule = next(rule for rule in alerts() if rule["alert"] == alert)
    assert rule["expr"].strip().endswith(condition)
    assert (rule["for"], rule["labels"]["severity"]) == (lasting, severity)


def test_any_error_of_a_billing_gateway_is_critical() -> None:
    rule = next(rule for rule in alerts() if rule["alert"] == "BillingGatewayErrors")
    assert rule["expr"].strip().endswith("> 0")
    assert rule["labels"]["severity"] == "critical"


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    named = {rule["annotations"]["runbook_url"] for rule in alerts()}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    others = {"README.md", "backup-and-restore.md"}
    written = {f"docs/runbooks/{file.name}" for file in RUNBOOKS.glob("*.md") if file.name not in others}
    assert written == named


def test_every_alert_is_tried_by_promtool() -> None:
    tests = yaml.safe_load((OBSERVABILITY / "tests/axtech_test.yaml").read_text())["tests"]
    tried = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case.get("exp_alerts")}
    assert tried == {rule["alert"] for rule in alerts()}


@pytest.mark.parametrize("dashboard", dashboards.DASHBOARDS, ids=lambda dashboard: dashboard.uid)
def test_dashboards_are_committed_as_generated(dashboard: Any) -> None:
    text = (dashboards.FOLDER / f"{dashboard.uid}.json").read_text()
    assert text == dashboards.render(dashboard)
    panels = json.loads(text)["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)


SPECIFIED = {  # section 10.2
    "http_requests_total": {"method", "path", "status"},
    "http_request_duration_seconds": {"method", "path"},
    "job_processed_total": {"queue", "status"},
    "billing_claims_total": {"gateway", "status"},
    "active_cases_total": {"status"},
}
OF_MESSAGING = {"outbox_oldest_seconds", "outbox_rows", "consumer_pending", "dead_letters_total"}
OF_THE_RELAY = {"outbox_relayed_total", "outbox_relay_failures_total"}


@pytest.mark.parametrize("name", SPECIFIED)
def test_the_specifications_metrics_are_exported_with_its_labels(name: str) -> None:
    metric = _registered()[name]
    assert set(metric._labelnames) == SPECIFIED[name]


def test_what_messaging_does_is_exported_too() -> None:
    assert set(_registered()) >= OF_MESSAGING | OF_THE_RELAY


def _registered() -> dict[str, Any]:
    """Every metric that the services register, by the name Prometheus shows."""
    for module_name in ("common.telemetry.metrics", "cases.metrics", "billing.metrics"):
        importlib.import_module(module_name)
    return dict(REGISTRY._names_to_collectors)
