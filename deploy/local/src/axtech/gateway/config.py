"""Traefik's configuration, written from the list of public paths.

Who answers what, so that a service's own errors always reach the client as they are:

- 404 for an unlisted path: a last router sends what no other takes to the portal.
- 413 for a body announced as too large: routers on Content-Length send it to the portal, which reads it away before
  it answers; Traefik's own answer would come while the client still writes, and be lost in a connection reset.
- 413 for a body that turns out too large (the buffer), 502 and 504 (no answer from the service): the errors middleware
  asks the portal for the envelope. Services never answer 502 or 504, and answer 413 in the very same words.
- 503 for a service known to be down: its health check fails, and the portal is its fallback. Services' own 503 pass.
- 429: an errors middleware around the rate limit would replace the services' own 429 with their details. So the limit
  is asked beforehand (forwardAuth) on an inner entry point, whose answers only concern the limit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axtech.gateway.routes import Routes

_MEGABYTE = 1 << 20
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_OWN_ERRORS = ["413", "502", "504"]
_PUBLIC = ["web", "websecure"]

Json = dict[str, Any]


@dataclass(frozen=True)
class Gateway:
    """Where the gateway listens (127.0.0.1), what it writes, what it stands in front of.

    `inner` is the port of its own questions: ping and the rate limit. `upstreams` gives each service's base URL.
    """

    directory: Path
    log: Path
    http: int
    https: int
    inner: int
    portal: str
    upstreams: Mapping[str, str]
    certificate: Path
    key: Path

    @property
    def ping(self) -> str:
        """The URL that tells whether it is up."""
        return f"http://127.0.0.1:{self.inner}/ping"

    @property
    def static_file(self) -> Path:
        """The file Traefik is started with; it names the other one."""
        return self.directory / "traefik.yaml"

    def write(self, routes: Routes) -> None:
        """Write both files."""
        self.directory.mkdir(parents=True, exist_ok=True)
        dynamic = self.directory / "routes.yaml"
        dynamic.write_text(json.dumps(dynamic_config(self, routes), indent=2))  # JSON is YAML
        self.static_file.write_text(json.dumps(static_config(self, dynamic), indent=2))


def static_config(gateway: Gateway, dynamic: Path) -> Json:
    """Entry points, logs, where the routes are."""
    # X_Forwarded_For and the like are dropped; encoded characters pass, for services to refuse in their own words.
    strict = {"aliasHeadersStrategy": "delete"}
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "entryPoints": {
            "web": {"address": f"127.0.0.1:{gateway.http}", "http": strict},
            "websecure": {"address": f"127.0.0.1:{gateway.https}", "http": {"tls": {}, **strict}},
            "inner": {
                "address": f"127.0.0.1:{gateway.inner}",
                "forwardedHeaders": {"trustedIPs": ["127.0.0.1/32"]},
                "http": strict,
            },
        },
        "ping": {"manualRouting": True},
        "providers": {"file": {"filename": str(dynamic), "watch": False}},
        "log": {"level": "WARN", "noColor": True},
        "accessLog": {
            "filePath": str(gateway.log.with_name("gateway-access.log")),
            "format": "json",
            "fields": {
                "defaultMode": "drop",  # addresses, user names, what the client asked for in full
                "names": dict.fromkeys(
                    (
                        "StartUTC",
                        "RequestMethod",
                        "RequestPath",
                        "RequestProtocol",
                        "RouterName",
                        "DownstreamStatus",
                        "OriginStatus",
                        "DownstreamContentSize",
                        "Duration",
                        "Overhead",
                    ),
                    "keep",
                ),
                "queryParameters": {"defaultMode": "drop"},
                "headers": {"defaultMode": "drop", "names": {"X-Request-Id": "keep"}},
            },
        },
    }


def dynamic_config(gateway: Gateway, routes: Routes) -> Json:
    """Routers, services, middlewares, TLS."""
    return {
        "http": {
            "routers": _routers(routes),
            "services": _services(gateway, routes),
            "middlewares": _middlewares(gateway, routes),
        },
        "tls": {
            "certificates": [{"certFile": str(gateway.certificate), "keyFile": str(gateway.key)}],
            "options": {"default": {"minVersion": "VersionTLS13"}},
            "stores": {
                "default": {"defaultCertificate": {"certFile": str(gateway.certificate), "keyFile": str(gateway.key)}}
            },
        },
    }


def _routers(routes: Routes) -> Json:
    routers: Json = {
        "page": _router("PathPrefix(`/`)", 1, "portal", "admit", "page-headers", "page"),
        "ping": {"rule": "Path(`/ping`)", "entryPoints": ["inner"], "service": "ping@internal"},
        "admit": {
            "rule": "Path(`/admit`)",
            "entryPoints": ["inner"],
            "service": "ping@internal",
            "middlewares": ["limit-errors", "limit"],
        },
    }
    common = ("admit", "headers", "errors", "breaker")
    for name, service in routes.services.items():
        for path in service.paths:
            routers[_slug(path)] = _router(_rule(path), 100 + len(path), name, *common, "body")
        for kind in ("openapi", "asyncapi"):
            routers[f"{kind}-{name}"] = _router(f"Path(`/{kind}/{name}.json`)", 100, name, *common, "retry", kind)
    refused = ("admit", "headers", "too-large")
    routers["too-large"] = _router(_larger_than(routes.limits.body_megabytes), 900, "portal", *refused)
    for larger in routes.larger_bodies:
        slug, owner, rule = _slug(larger.path), str(routes.owner(larger.path)), _rule(larger.path)
        routers[f"{slug}-body"] = _router(rule, 1000, owner, *common, f"{slug}-body")
        too_large = f"({rule}) && {_larger_than(larger.megabytes)}"
        routers[f"{slug}-too-large"] = _router(too_large, 1100, "portal", *refused)
    return routers


def _router(rule: str, priority: int, service: str, *middlewares: str) -> Json:
    return {
        "rule": rule,
        "priority": priority,
        "service": service,
        "entryPoints": _PUBLIC,
        "middlewares": list(middlewares),
    }


def _services(gateway: Gateway, routes: Routes) -> Json:
    services: Json = {"portal": {"loadBalancer": {"servers": [{"url": gateway.portal}]}}}
    for name in routes.services:
        services[f"{name}-instances"] = {
            "loadBalancer": {
                "servers": [{"url": gateway.upstreams[name]}],
                # Readiness would also cut off what still works when the broker is away.
                "healthCheck": {"path": "/health/live", "interval": "2s", "timeout": "2s"},
            }
        }
        services[name] = {"failover": {"service": f"{name}-instances", "fallback": "portal"}}
    return services


def _middlewares(gateway: Gateway, routes: Routes) -> Json:
    limits = routes.limits
    middlewares: Json = {
        "headers": _security_headers(_API_POLICY),
        "page-headers": _security_headers(_PAGE_POLICY),
        "page": {"addPrefix": {"prefix": "/page"}},
        "openapi": {"replacePath": {"path": "/openapi.json"}},
        "asyncapi": {"replacePath": {"path": "/asyncapi.json"}},
        "errors": {"errors": {"status": _OWN_ERRORS, "service": "portal", "query": "/errors/{status}"}},
        "too-large": {"replacePath": {"path": "/errors/413"}},
        "body": _body_limit(limits.body_megabytes),
        # A service whose connections break is left alone for a moment; meanwhile the answer is 502. No longer: the
        # health check knows better when it is back.
        "breaker": {
            "circuitBreaker": {
                "expression": "NetworkErrorRatio() > 0.30",
                "checkPeriod": "1s",
                "fallbackDuration": "1s",
                "recoveryDuration": "1s",
                "responseCode": 502,
            }
        },
        # Only for documents: whether another call may be made twice, its caller knows.
        "retry": {"retry": {"attempts": 2, "initialInterval": "100ms"}},
        "admit": {
            "forwardAuth": {
                "address": f"http://127.0.0.1:{gateway.inner}/admit",
                "authRequestHeaders": ["X-Request-Id"],
                "trustForwardHeader": False,
                "maxResponseBodySize": 1 << 16,
            }
        },
        "limit": {
            "rateLimit": {
                "average": limits.requests_per_second,
                "burst": limits.burst,
                "sourceCriterion": {"ipStrategy": {"depth": 1}},
            }
        },
        "limit-errors": {"errors": {"status": ["429"], "service": "portal", "query": "/errors/{status}"}},
    }
    for larger in routes.larger_bodies:
        middlewares[f"{_slug(larger.path)}-body"] = _body_limit(larger.megabytes)
    return middlewares


def _security_headers(policy: str) -> Json:
    return {
        "headers": {
            "stsSeconds": 63_072_000,
            "stsIncludeSubdomains": True,
            "stsPreload": True,
            "contentTypeNosniff": True,
            "frameDeny": True,
            "referrerPolicy": "no-referrer",
            "contentSecurityPolicy": policy,
            "customRequestHeaders": {"Forwarded": "", "X-Real-Ip": ""},  # whatever the client claims
        }
    }


def _body_limit(megabytes: int) -> Json:
    return {"buffering": {"maxRequestBodyBytes": megabytes * _MEGABYTE}}


def _larger_than(megabytes: int) -> str:
    return f"HeaderRegexp(`Content-Length`, `{greater_than(megabytes * _MEGABYTE)}`)"


def greater_than(number: int) -> str:
    """A regular expression for the decimal numbers above a positive one, written without leading zeros."""
    digits = str(number)
    branches = [f"[1-9][0-9]{{{len(digits)},}}"]
    for position, digit in enumerate(digits):
        if digit != "9":
            rest = len(digits) - position - 1
            branches.append(f"{digits[:position]}[{int(digit) + 1}-9][0-9]{{{rest}}}")
    return f"^({'|'.join(branches)})$"


def _rule(path: str) -> str:
    return f"Path(`{path}`) || PathPrefix(`{path}/`)"


def _slug(path: str) -> str:
    return path.strip("/").replace("/", "-").replace(".", "-")
