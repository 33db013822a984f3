"""Writes the Grafana dashboards: `python deploy/observability/dashboards.py`.

A dashboard is a list of rows, a row a list of panels, a panel a title, a unit and its queries. Ids and places are
counted here, so that a change of one panel is a change of a few lines of JSON.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "grafana/dashboards"
_WIDTH, _HEIGHT = 24, 8
_SOURCE = {"type": "prometheus", "uid": "prometheus"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Panel:
    """`queries` are PromQL by the legend of their lines; `limit` is drawn in red, the condition of an alert."""

    title: str
    queries: dict[str, str]
    unit: str = "short"
    limit: float | None = None
    kind: str = "timeseries"


@dataclass(frozen=True)
class Dashboard:
    """One page. `by_service` gives it a choice of one service, `$service` in queries."""

    uid: str
    title: str
    rows: Sequence[tuple[str, Sequence[Panel]]]
    by_service: bool = False
    tags: Sequence[str] = field(default=("axtech",))


_REQUESTS = "sum by (service) (rate(http_requests_total[5m]))"
_ERRORS = 'sum by (service) (rate(http_requests_total{status=~"5.."}[5m]))'


def _quantile(quantile: float, by: str, where: str = "") -> str:
    buckets = f"sum by ({by}, le) (rate(http_request_duration_seconds_bucket{where}[5m]))"
    return f"histogram_quantile({quantile}, {buckets})"


PLATFORM = Dashboard(
    "axtech-platform",
    "AX TECH · Platform",
    [
        (
            "Is it well?",
            [
                Panel("Programs that answer", {"{{service}} {{role}}": 'up{job="axtech"}'}, kind="stat"),
                Panel("Alerts", {"{{alertname}}": 'sum by (alertname) (ALERTS{alertstate="firing"})'}, kind="stat"),
            ],
        ),
        (
            "HTTP",
            [
                Panel("Requests", {"{{service}}": _REQUESTS}, "reqps"),
                Panel("Errors", {"{{service}}": f"{_ERRORS} / {_REQUESTS}"}, "percentunit", limit=0.01),
                Panel("99th percentile", {"{{service}}": _quantile(0.99, "service")}, "s", limit=2),
            ],
        ),
        (
            "Messaging",
            [
                Panel("Oldest event unpublished", {"{{service}}": "max by (service) (outbox_oldest_seconds)"}, "s", 60),
                Panel("Events published", {"{{service}}": "sum by (service) (rate(outbox_relayed_total[5m]))"}, "ops"),
                Panel(
                    "Messages not yet delivered",
                    {"{{consumer}} ({{stream}})": "max by (consumer, stream) (consumer_pending)"},
                    limit=1000,
                ),
                Panel(
                    "Dead letters in an hour",
                    {"{{consumer}} {{reason}}": "sum by (consumer, reason) (increase(dead_letters_total[1h]))"},
                    limit=1,
                ),
            ],
        ),
        (
            "Machines",
            [
                Panel(
                    "Disks",
                    {
                        "{{instance}} {{mountpoint}}": '1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay"} '
                        '/ node_filesystem_size_bytes{fstype!~"tmpfs|overlay"}'
                    },
                    "percentunit",
                    limit=0.8,
                ),
                Panel(
                    "Memory of processes",
                    {"{{service}} {{role}}": "process_resident_memory_bytes{job='axtech'}"},
                    "bytes",
                ),
            ],
        ),
    ],
)

_OF_SERVICE = '{service="$service"}'
SERVICE = Dashboard(
    "axtech-service",
    "AX TECH · Service",
    [
        (
            "Requests, errors, duration",
            [
                Panel(
                    "Requests",
                    {"{{method}} {{path}}": f"sum by (method, path) (rate(http_requests_total{_OF_SERVICE}[5m]))"},
                    "reqps",
                ),
                Panel(
                    "Answers by status",
                    {"{{status}}": f"sum by (status) (rate(http_requests_total{_OF_SERVICE}[5m]))"},
                    "reqps",
                ),
                Panel(
                    "Duration",
                    {
                        "median": _quantile(0.5, "service", _OF_SERVICE),
                        "95 %": _quantile(0.95, "service", _OF_SERVICE),
                        "99 %": _quantile(0.99, "service", _OF_SERVICE),
                    },
                    "s",
                    limit=2,
                ),
                Panel("Slowest paths, 95 %", {"{{path}}": f"topk(10, {_quantile(0.95, 'path', _OF_SERVICE)})"}, "s"),
            ],
        ),
        (
            "Events",
            [
                Panel(
                    "Handled",
                    {
                        "{{consumer}} {{outcome}}": "sum by (consumer, outcome) "
                        f"(rate(events_consumed_total{_OF_SERVICE}[5m]))"
                    },
                    "ops",
                ),
                Panel(
                    "Not yet delivered",
                    {"{{consumer}} ({{stream}})": f"max by (consumer, stream) (consumer_pending{_OF_SERVICE})"},
                ),
                Panel(
                    "Jobs",
                    {"{{queue}} {{status}}": f"sum by (queue, status) (rate(job_processed_total{_OF_SERVICE}[5m]))"},
                    "ops",
                ),
                Panel("Outbox", {"rows": f"max(outbox_rows{_OF_SERVICE})"}),
            ],
        ),
    ],
    by_service=True,
)

BUSINESS = Dashboard(
    "axtech-business",
    "AX TECH · Business",
    [
        (
            "Claims",
            [
                Panel(
                    "Claims by status, a day",
                    {"{{gateway}} {{status}}": "sum by (gateway, status) (increase(billing_claims_total[1d]))"},
                ),
                Panel(
                    "Calls to the gateways",
                    {"{{gateway}} {{outcome}}": "sum by (gateway, outcome) (rate(billing_gateway_calls_total[5m]))"},
                    "ops",
                ),
            ],
        ),
        (
            "Files",
            [
                Panel("Open files by status", {"{{status}}": "max by (status) (active_cases_total)"}),
                Panel(
                    "Changes of files, a day",
                    {
                        "{{path}}": "sum by (path) (increase(http_requests_total{service='cases',method='POST',"
                        "status=~'2..',path=~'/api/v1/(prescriptions|cases|quotes).*'}[1d]))"
                    },
                ),
                Panel(
                    "Messages to people, a day",
                    {"{{channel}} {{status}}": "sum by (channel, status) (increase(notifications_total[1d]))"},
                ),
            ],
        ),
    ],
)

DASHBOARDS = (PLATFORM, SERVICE, BUSINESS)


def render(dashboard: Dashboard) -> str:
    """The JSON Grafana reads."""
    return json.dumps(_document(dashboard), indent=2, ensure_ascii=False) + "\n"


def _document(dashboard: Dashboard) -> Json:
    panels: list[Json] = []
    top = 0
    for title, row in dashboard.rows:
        panels.append(_placed({"type": "row", "title": title, "collapsed": False}, len(panels), 0, top, _WIDTH, 1))
        width = _WIDTH // len(row)
        for column, panel in enumerate(row):
            panels.append(_placed(_panel(panel), len(panels), column * width, top + 1, width, _HEIGHT))
        top += 1 + _HEIGHT
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": list(dashboard.tags),
        "schemaVersion": 41,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_service_choice()] if dashboard.by_service else []},
        "panels": panels,
    }


def _placed(panel: Json, number: int, x: int, y: int, width: int, height: int) -> Json:
    return {"id": number + 1, **panel, "gridPos": {"x": x, "y": y, "w": width, "h": height}}


def _panel(panel: Panel) -> Json:
    steps: list[Json] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    custom = {"thresholdsStyle": {"mode": "line" if panel.limit is not None else "off"}}
    defaults = {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}, "custom": custom}
    return {
        "type": panel.kind,
        "title": panel.title,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": _SOURCE, "expr": query, "legendFormat": legend}
            for number, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def _service_choice() -> Json:
    return {
        "name": "service",
        "type": "query",
        "datasource": _SOURCE,
        "query": 'label_values(up{job="axtech"}, service)',
        "refresh": 2,
        "sort": 1,
    }


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for dashboard in DASHBOARDS:
        (FOLDER / f"{dashboard.uid}.json").write_text(render(dashboard), encoding="utf-8")


if __name__ == "__main__":
    main()
