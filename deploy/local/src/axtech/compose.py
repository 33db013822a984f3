"""What `docker-compose.yml` mounts: secrets, one a file, and the servers' configuration.

Folders are for their owner only; the files in them can be read by all, as the containers' users are nobody's on this
machine. The secrets are those of the local stack's kind, so `axtech seed` and `axtech demo` work on both.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from common.contracts.map import SERVICES
from common.events import topology
from common.servers import Nats, NatsUser

from axtech.gateway.certificate import ensure_certificate
from axtech.gateway.config import Gateway, dynamic_config, static_config
from axtech.gateway.routes import load_routes
from axtech.stack.secrets import Secrets

_INSIDE = Path("/etc/traefik")
_HTTP, _HTTPS, _INNER = 8080, 8443, 8082


def prepare(home: Path, secrets: Secrets) -> list[Path]:
    """Write everything under `home`; gives the files, the same ones each time."""
    contents = {f"secrets/{name}": text for name, text in secret_files(secrets).items()}
    contents |= {f"gateway/{name}": text for name, text in gateway_files().items()}
    for folder in (home, home / "secrets", home / "gateway"):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    certificate, key = ensure_certificate(home / "certificate")
    contents |= {"gateway/tls.crt": certificate.read_text(), "gateway/tls.key": key.read_text()}
    return [_write(home / name, text) for name, text in sorted(contents.items())]


def prepared(home: Path) -> bool:
    """Whether containers mount what is under `home`."""
    return (home / "secrets").is_dir()


def _write(file: Path, text: str) -> Path:
    # In place: a file that is mounted stays the same file.
    file.touch()
    file.chmod(0o644)
    if file.read_text() != text:
        file.write_text(text)
    return file


def secret_files(secrets: Secrets) -> dict[str, str]:
    """The content of each file under /run/secrets, by name."""
    files = {
        "postgres-password": secrets.postgres,
        "postgres-url": _database_url("postgres", secrets.postgres, "postgres"),
        "database-passwords": json.dumps(
            {
                service: {"owner": secrets.database_owners[service], "runtime": secrets.database_runtimes[service]}
                for service in SERVICES
            }
        ),
        "nats.conf": _nats(secrets),
        "operator-nats-url": _nats_url("operator", secrets.nats_operator),
        "valkey.conf": _valkey(secrets),
        "valkey-password": secrets.valkey,
        "redis-url": f"valkey://:{secrets.valkey}@valkey:6379/0",
        "s3.json": _s3(secrets),
        "s3-access-key": secrets.s3_access_key,
        "s3-secret-key": secrets.s3_secret_key,
        "service-jwks": secrets.service_jwks(),
        "encryption-keyring": secrets.keyring(),
        "blind-index-key": secrets.blind_index_key,
        "jwt-secret": secrets.access_token_key,
        "jwt-refresh-secret": secrets.refresh_token_secret,
        "billing-gateway-api-key": secrets.billing_gateway_api_key,
        "vega-gateway-api-key": secrets.vega_gateway_api_key,
        "brevo-api-key": secrets.brevo_api_key,
        "brevo-webhook-token": secrets.brevo_webhook_token,
        "twilio-account-sid": secrets.twilio_account_sid,
        "twilio-auth-token": secrets.twilio_auth_token,
        "grafana-password": secrets.grafana,
    }
    for service in SERVICES:
        runtime, owner = secrets.database_runtimes[service], secrets.database_owners[service]
        files[f"{service}-database-url"] = _database_url(f"{service}_runtime", runtime, service)
        files[f"{service}-migration-database-url"] = _database_url(f"{service}_owner", owner, service)
        files[f"{service}-nats-url"] = _nats_url(service, secrets.nats_services[service])
        files[f"{service}-service-key"] = secrets.service_keys[service]
    return files


def _database_url(role: str, password: str, database: str) -> str:
    return f"postgresql://{role}:{password}@postgres:5432/{database}"


def _nats_url(user: str, password: str) -> str:
    return f"nats://{user}:{password}@nats:4222"


def _nats(secrets: Secrets) -> str:
    users = [NatsUser("operator", secrets.nats_operator)]
    for service in SERVICES:
        allowed = topology.permissions(service)
        users.append(NatsUser(service, secrets.nats_services[service], allowed["publish"], allowed["subscribe"]))
    local = Nats(directory=Path("/data"), port=4222, monitor_port=8222, users=users)
    return json.dumps({**json.loads(local.config()), "listen": "0.0.0.0:4222", "http": "0.0.0.0:8222"}, indent=2)


def _valkey(secrets: Secrets) -> str:
    lines = ["port 6379", 'save ""', "appendonly no", "maxmemory 64mb", "maxmemory-policy volatile-lru"]
    return "\n".join([*lines, f'requirepass "{secrets.valkey}"', ""])


def _s3(secrets: Secrets) -> str:
    credentials = [{"accessKey": secrets.s3_access_key, "secretKey": secrets.s3_secret_key}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return json.dumps({"identities": [{"name": "axtech", "credentials": credentials, "actions": actions}]})


def gateway_files() -> dict[str, str]:
    """Traefik's two files, made of the one list of public paths."""
    gateway = Gateway(
        directory=_INSIDE,
        log=Path("/dev/stdout"),
        http=_HTTP,
        https=_HTTPS,
        inner=_INNER,
        portal="http://portal:8000",
        upstreams={service: f"http://{service}:8000" for service in SERVICES},
        certificate=_INSIDE / "tls.crt",
        key=_INSIDE / "tls.key",
    )
    static = _listening_to_all(static_config(gateway, _INSIDE / "routes.yaml"))
    # JSON is YAML.
    return {
        "traefik.yaml": json.dumps(static, indent=2),
        "routes.yaml": json.dumps(dynamic_config(gateway, load_routes()), indent=2),
    }


def _listening_to_all(static: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of this machine's gateway, for a container: its own questions stay inside it."""
    points = {name: dict(point) for name, point in static["entryPoints"].items()}
    points["web"]["address"], points["websecure"]["address"] = f":{_HTTP}", f":{_HTTPS}"
    points["metrics"] = {"address": ":9100", "http": points["inner"]["http"]}
    log = {name: value for name, value in static["accessLog"].items() if name != "filePath"}
    return {
        **static,
        "entryPoints": points,
        "ping": {**static["ping"], "entryPoint": "inner"},
        "accessLog": log,
        "metrics": {"prometheus": {"entryPoint": "metrics", "addRoutersLabels": True}},
    }
