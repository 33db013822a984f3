"""The environment of each program: the settings every service reads, filled in for this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from common.contracts.map import SERVICES

from axtech.stack.secrets import Secrets, keyring_file

ENVIRONMENT = "development"
REGION = "eu-west-3"


@dataclass(frozen=True)
class Places:
    """Where the parts of one stack are."""

    home: Path
    ports: Mapping[str, int]
    secrets: Secrets

    def url(self, name: str) -> str:
        """`http://127.0.0.1:<port>` of a part."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def nats_url(self, user: str) -> str:
        """The broker, as a service or as `operator`, who may do everything."""
        password = self.secrets.nats_operator if user == "operator" else self.secrets.nats_services[user]
        return f"nats://{user}:{password}@127.0.0.1:{self.ports['nats']}"

    def database_url(self, service: str, role: str) -> str:
        """A service's database as its `owner` or its `runtime` role."""
        passwords = self.secrets.database_owners if role == "owner" else self.secrets.database_runtimes
        host = f"127.0.0.1:{self.ports['postgres']}"
        return f"postgresql://{service}_{role}:{passwords[service]}@{host}/{service}"


def service_environment(places: Places, service: str) -> dict[str, str]:
    """All settings of one service; the owner's database URL is for its migrations only."""
    secrets = places.secrets
    settings = {
        **_runtime(),
        "DATABASE_URL": places.database_url(service, "runtime"),
        "NATS_URL": places.nats_url(service),
        "REDIS_URL": f"valkey://:{secrets.valkey}@127.0.0.1:{places.ports['valkey']}/0",
        "S3_ENDPOINT": places.url("seaweedfs"),
        "S3_PUBLIC_ENDPOINT": places.url("seaweedfs"),
        "S3_ACCESS_KEY": secrets.s3_access_key,
        "S3_SECRET_KEY": secrets.s3_secret_key,
        "S3_REGION": REGION,
        "JWKS_URL": f"{places.url('identity')}/.well-known/jwks.json",
        "SERVICE_KEY": secrets.service_keys[service],
        "SERVICE_JWKS": secrets.service_jwks(),
        "ENCRYPTION_KEYRING_FILE": str(keyring_file(places.home)),
        "BLIND_INDEX_KEY": secrets.blind_index_key,
        "PUBLIC_URL": places.url("gateway"),
        **{f"{name.upper()}_URL": places.url(name) for name in SERVICES},
    }
    return settings | _of_its_own(places).get(service, {})


def migration_environment(places: Places, service: str) -> dict[str, str]:
    """The settings of a service's migrations, which also get the owner's database URL."""
    owner = {"MIGRATION_DATABASE_URL": places.database_url(service, "owner")}
    return service_environment(places, service) | owner


def simulator_environment(places: Places) -> dict[str, str]:
    """The keys that the simulators ask for and sign with."""
    return _runtime() | _gateway(places) | _providers(places)


def _runtime() -> dict[str, str]:
    return {"AXTECH_ENV": ENVIRONMENT, "LOG_FORMAT": "console", "PYTHONUNBUFFERED": "1"}


def _of_its_own(places: Places) -> dict[str, dict[str, str]]:
    secrets = places.secrets
    return {
        "identity": {"JWT_SECRET": secrets.access_token_key, "JWT_REFRESH_SECRET": secrets.refresh_token_secret},
        "billing": _gateway(places),
        "notifications": _providers(places),
    }


def lgpi_folder(home: Path) -> Path:
    """Where billing and the simulator, which does what LGPI would, exchange files."""
    return home / "lgpi"


def _gateway(places: Places) -> dict[str, str]:
    return {
        "BILLING_GATEWAY_URL": places.url("billing_gateway"),
        "BILLING_GATEWAY_API_KEY": places.secrets.billing_gateway_api_key,
        "VEGA_GATEWAY_URL": places.url("billing_gateway"),
        "VEGA_GATEWAY_API_KEY": places.secrets.vega_gateway_api_key,
        "LGPI_EXCHANGE_FOLDER": str(lgpi_folder(places.home)),
    }


def _providers(places: Places) -> dict[str, str]:
    secrets = places.secrets
    return {
        "BREVO_URL": places.url("mailbox"),
        "BREVO_API_KEY": secrets.brevo_api_key,
        "BREVO_WEBHOOK_TOKEN": secrets.brevo_webhook_token,
        "TWILIO_URL": places.url("mailbox"),
        "TWILIO_ACCOUNT_SID": secrets.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": secrets.twilio_auth_token,
    }
