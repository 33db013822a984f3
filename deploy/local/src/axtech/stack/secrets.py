"""Passwords and keys of the local stack, made once."""

import base64
import json
import secrets
from pathlib import Path

from common.auth.service_tokens import public_jwk
from common.contracts.enums import STAFF, Role
from common.contracts.map import SERVICES
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, Field

from axtech.files import write_private


def password() -> str:
    """43 characters that need no quoting in URLs."""
    return secrets.token_urlsafe(32)


def signing_key() -> str:
    """A new Ed25519 private key, PEM."""
    key = Ed25519PrivateKey.generate()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def symmetric_key() -> str:
    """32 random bytes, base64."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _for_each_service() -> dict[str, str]:
    return {service: password() for service in SERVICES}


def totp_secret() -> str:
    """160 random bits in base 32, as authenticator apps take them."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


class Account(BaseModel):
    """How one seeded member of staff signs in."""

    password: str = Field(default_factory=password)
    totp_secret: str = Field(default_factory=totp_secret)


def _staff() -> dict[Role, Account]:
    return {role: Account() for role in sorted(STAFF)}


class Secrets(BaseModel):
    """All of them; what an older file lacks is made when it is read."""

    postgres: str = Field(default_factory=password)
    database_owners: dict[str, str] = Field(default_factory=_for_each_service)
    database_runtimes: dict[str, str] = Field(default_factory=_for_each_service)
    nats_operator: str = Field(default_factory=password)
    nats_services: dict[str, str] = Field(default_factory=_for_each_service)
    valkey: str = Field(default_factory=password)
    s3_access_key: str = Field(default_factory=lambda: secrets.token_hex(10))
    s3_secret_key: str = Field(default_factory=password)
    access_token_key: str = Field(default_factory=signing_key)
    refresh_token_secret: str = Field(default_factory=password)
    service_keys: dict[str, str] = Field(default_factory=lambda: {service: signing_key() for service in SERVICES})
    encryption_keys: dict[str, str] = Field(default_factory=lambda: {"k1": symmetric_key()})
    encryption_current: str = "k1"
    blind_index_key: str = Field(default_factory=symmetric_key)
    billing_gateway_api_key: str = Field(default_factory=password)
    vega_gateway_api_key: str = Field(default_factory=password)
    brevo_api_key: str = Field(default_factory=password)
    brevo_webhook_token: str = Field(default_factory=password)
    twilio_account_sid: str = Field(default_factory=lambda: f"AC{secrets.token_hex(16)}")
    twilio_auth_token: str = Field(default_factory=password)
    grafana: str = Field(default_factory=password)
    staff: dict[Role, Account] = Field(default_factory=_staff)

    def service_jwks(self) -> str:
        """The services' public keys as a JSON Web Key Set."""
        return json.dumps({"keys": [public_jwk(key, service) for service, key in self.service_keys.items()]})

    def keyring(self) -> str:
        """ENCRYPTION_KEYRING."""
        return json.dumps({"current": self.encryption_current, "keys": self.encryption_keys})


def keyring_file(home: Path) -> Path:
    """The file services read the keyring from, and read anew when it changes."""
    return home / "keyring.json"


def load_secrets(home: Path) -> Secrets:
    """The secrets of `home`, made and written (mode 600) where missing."""
    file = home / "secrets.json"
    known = Secrets.model_validate_json(file.read_text()) if file.exists() else Secrets()
    save_secrets(home, known)
    return known


def save_secrets(home: Path, secrets: Secrets) -> None:
    """Write what changed, the keyring's own file too."""
    contents = {home / "secrets.json": secrets.model_dump_json(indent=2), keyring_file(home): secrets.keyring()}
    for file, text in contents.items():
        if not file.exists() or file.read_text() != text:
            write_private(file, text)
