"""Settings: those of the specification are there, and what is deployed may start with what it is given."""

from typing import Any

import pytest
import yaml
from axtech.configuration import configuration_page, settings_of
from axtech.project import ROOT
from common.contracts.map import SERVICES
from common.testing.live import live_settings
from pydantic import ValidationError

SPECIFIED = {  # section 4.2, by the service that reads it; None: every one
    "DATABASE_URL": None,
    "REDIS_URL": None,
    "JWT_SECRET": "identity",
    "JWT_REFRESH_SECRET": "identity",
    "S3_BUCKET": None,
    "S3_ENDPOINT": None,
    "S3_ACCESS_KEY": None,
    "S3_SECRET_KEY": None,
    "BILLING_GATEWAY_URL": "billing",
    "BILLING_GATEWAY_API_KEY": "billing",
    "TWILIO_ACCOUNT_SID": "notifications",
    "TWILIO_AUTH_TOKEN": "notifications",
    "BREVO_API_KEY": "notifications",
    "SENTRY_DSN": None,
}
KEY = "Zk3-9fQ_2uYw7Lr8Ta5Xc1Vb6Nm0Pq4S"
SECRETS: dict[str, dict[str, Any]] = {
    "identity": {"jwt_secret": KEY, "jwt_refresh_secret": KEY},
    "billing": {"billing_gateway_api_key": KEY},
    "notifications": {
        "brevo_api_key": KEY,
        "brevo_webhook_token": KEY,
        "twilio_account_sid": f"AC{KEY}",
        "twilio_auth_token": KEY,
    },
}


def deployed(service: str, overlay: str) -> dict[str, Any]:
    """What a pod of the overlay has: the ConfigMap's literals, and secrets as good as real ones."""
    given: dict[str, Any] = {**live_settings(), **SECRETS.get(service, {})}
    for folder in ("base", f"overlays/{overlay}"):
        made = yaml.safe_load((ROOT / "deploy/k8s" / folder / "kustomization.yaml").read_text())
        literals = dict(literal.split("=", 1) for literal in made["configMapGenerator"][0]["literals"])
        given |= {name.lower(): value for name, value in literals.items() if not name.endswith("_FILE")}
    return given


@pytest.mark.parametrize(("name", "service"), SPECIFIED.items())
def test_the_specifications_variables_are_settings_by_those_names(name: str, service: str | None) -> None:
    for reader in SERVICES if service is None else (service,):
        assert name.lower() in settings_of(reader).model_fields


@pytest.mark.parametrize("overlay", ["development", "staging", "production"])
@pytest.mark.parametrize("service", SERVICES)
def test_what_is_deployed_is_safe_to_start(service: str, overlay: str) -> None:
    assert settings_of(service)(**deployed(service, overlay)).axtech_env == overlay


@pytest.mark.parametrize(
    ("service", "changes", "told"),
    [
        ("identity", {"bcrypt_rounds": 4}, "BCRYPT_ROUNDS must be 12 or more"),
        ("identity", {"jwt_refresh_secret": "A" * 32}, "JWT_REFRESH_SECRET holds no real secret"),
        ("billing", {"billing_gateway_url": "http://gateway.example.com"}, "BILLING_GATEWAY_URL must be https"),
        ("billing", {"billing_gateway_api_key": "development"}, "BILLING_GATEWAY_API_KEY holds no real secret"),
        ("devices", {"hotline_phone": None}, "HOTLINE_PHONE must be set"),
        ("documents", {"clamd_url": None}, "CLAMD_URL must be set"),
        ("documents", {"seller_siret": None}, "SELLER_SIRET must be set"),
        ("notifications", {"mail_sender": None}, "MAIL_SENDER must be set"),
        ("notifications", {"twilio_auth_token": None}, "TWILIO_AUTH_TOKEN must be set"),
    ],
)
def test_each_service_refuses_what_is_unsafe_of_its_own(service: str, changes: dict[str, Any], told: str) -> None:
    given = {name: value for name, value in (deployed(service, "production") | changes).items() if value is not None}
    with pytest.raises(ValidationError, match=told):
        settings_of(service)(**given)


def test_the_page_tells_of_every_setting_and_of_no_secret_s_value() -> None:
    page = configuration_page()
    for service in SERVICES:
        assert all(f"`{name.upper()}`" in page for name in settings_of(service).model_fields)
    assert "| `BREVO_API_KEY` | Brevo's key. *Secret.* | for development only |" in page
