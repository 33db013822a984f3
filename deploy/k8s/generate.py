"""Writes what Kubernetes needs of lists kept elsewhere: `python deploy/k8s/generate.py`.

generated/scaling.yaml   workers by what waits for them, from the map of events
generated/routes.yaml    the public paths, from deploy/gateway/routes.toml
generated/rules.yaml     the alerts, from deploy/observability/rules
generated/access.yaml    who may ask which database
"""

from pathlib import Path
from typing import Any

import yaml
from axtech.gateway.config import Gateway as LocalGateway
from axtech.gateway.config import dynamic_config
from axtech.gateway.routes import Routes, load_routes
from common.contracts.map import SERVICES
from common.events.topology import owned_durables

FOLDER = Path(__file__).parent / "base/generated"
RULES = Path(__file__).parents[1] / "observability/rules/axtech.yaml"
_HEADER = "# Written by deploy/k8s/generate.py.\n"
_MONITORING = "nats-headless.nats.svc.cluster.local:8222"
_WAITING = 100  # messages for each replica
_MOST_REPLICAS = 6

Json = dict[str, Any]


def scaling() -> list[Json]:
    """A ScaledObject a worker: as many as its fullest durable asks for, never none, as the relay is in one of them."""
    return [
        {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"name": f"{service}-worker"},
            "spec": {
                "scaleTargetRef": {"name": f"{service}-worker"},
                "minReplicaCount": 2,
                "maxReplicaCount": _MOST_REPLICAS,
                "pollingInterval": 15,
                "cooldownPeriod": 300,
                "triggers": [
                    {
                        "type": "nats-jetstream",
                        "metadata": {
                            "natsServerMonitoringEndpoint": _MONITORING,
                            "account": "$G",
                            "stream": stream,
                            "consumer": durable,
                            "lagThreshold": str(_WAITING),
                        },
                    }
                    for stream, durable in sorted(owned_durables(service))
                    if stream not in {"DEAD_LETTERS", "SCHEDULES"}
                ],
            },
        }
        for service in sorted(SERVICES)
    ]


def routes(listed: Routes) -> list[Json]:
    """HTTPRoutes of the services and the portal, and the middlewares they go through: those of the local gateway."""
    local = LocalGateway(
        directory=Path("/"),
        log=Path("/dev/stdout"),
        http=0,
        https=0,
        inner=0,
        portal="",
        upstreams=dict.fromkeys(listed.services, ""),
        certificate=Path("/"),
        key=Path("/"),
    )
    known = dynamic_config(local, listed)["http"]["middlewares"]
    names = ["headers", "page-headers", "page", "body", "limit", "breaker", "retry"]
    names += [f"{_slug(larger.path)}-body" for larger in listed.larger_bodies]
    made = [_middleware(name, known[name]) for name in names]
    made += [_service_route(name, listed) for name in listed.services]
    made.append(_portal_route())
    return made


def _middleware(name: str, spec: Json) -> Json:
    return {"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": {"name": name}, "spec": spec}


def _service_route(name: str, listed: Routes) -> Json:
    larger = [entry for entry in listed.larger_bodies if listed.owner(entry.path) == name]
    paths = listed.services[name].paths
    rules = [_rule(name, [_under(entry.path)], f"{_slug(entry.path)}-body") for entry in larger]
    rules.append(_rule(name, [_under(path) for path in paths], "body"))
    for kind in ("openapi", "asyncapi"):
        rewrite = {
            "type": "URLRewrite",
            "urlRewrite": {"path": {"type": "ReplaceFullPath", "replaceFullPath": f"/{kind}.json"}},
        }
        match = {"path": {"type": "Exact", "value": f"/{kind}/{name}.json"}, "method": "GET"}
        rules.append(
            {**_rule(name, [match], "body"), "filters": [*_filters("limit", "headers", "breaker", "retry"), rewrite]}
        )
    return _route(name, rules)


def _portal_route() -> Json:
    rule = {
        "matches": [_under("/")],
        "filters": _filters("limit", "page-headers", "page"),
        "backendRefs": [{"name": "portal", "port": 8000}],
    }
    return _route("portal", [rule])


def _route(name: str, rules: list[Json]) -> Json:
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name},
        "spec": {"parentRefs": [{"name": "axtech"}], "rules": rules},
    }


def _rule(name: str, matches: list[Json], body: str) -> Json:
    return {
        "matches": matches,
        "filters": _filters("limit", "headers", "breaker", body),
        "backendRefs": [{"name": f"{name}-api", "port": 8000}],
        "timeouts": {"request": "60s"},
    }


def _under(path: str) -> Json:
    return {"path": {"type": "PathPrefix", "value": path}}


def _filters(*names: str) -> list[Json]:
    return [
        {"type": "ExtensionRef", "extensionRef": {"group": "traefik.io", "kind": "Middleware", "name": name}}
        for name in names
    ]


def _slug(path: str) -> str:
    return path.strip("/").replace("/", "-").replace(".", "-")


def rules() -> list[Json]:
    """The alerts, for the Prometheus operator."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": "axtech"},
            "spec": {"groups": groups},
        }
    ]


def access() -> list[Json]:
    """Each database is asked by its own service's pods only, and these ask no other."""
    found = []
    for service in sorted(SERVICES):
        pods: Json = {"matchLabels": {"app.kubernetes.io/name": service, "app.kubernetes.io/part-of": "axtech"}}
        pods["matchExpressions"] = [
            {
                "key": "app.kubernetes.io/component",
                "operator": "In",
                "values": ["api", "worker", "migrate", "maintenance"],
            }
        ]
        database = {"matchLabels": {"cnpg.io/cluster": f"{service}-database"}}
        ports = [{"port": 5432}]
        found += [
            _policy(
                f"{service}-database",
                {
                    "podSelector": database,
                    "policyTypes": ["Ingress"],
                    "ingress": [{"from": [{"podSelector": pods}], "ports": ports}],
                },
            ),
            _policy(
                f"{service}-to-database",
                {
                    "podSelector": pods,
                    "policyTypes": ["Egress"],
                    "egress": [{"to": [{"podSelector": database}], "ports": ports}],
                },
            ),
        ]
    return found


def _policy(name: str, spec: Json) -> Json:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec}


def files() -> dict[str, str]:
    """The content of each file, by name."""
    listed = load_routes()
    made = {"scaling": scaling(), "routes": routes(listed), "rules": rules(), "access": access()}
    return {f"{name}.yaml": _HEADER + _dump(documents) for name, documents in made.items()}


class _Plain(yaml.SafeDumper):
    """Repeats what is the same instead of pointing to it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _dump(documents: list[Json]) -> str:
    return yaml.dump_all(documents, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
