"""Signing keys of a test run, and tokens made with them."""

import base64
import json
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from common.auth.actor import Actor
from common.auth.permissions import granted
from common.auth.service_tokens import ServiceTokens, public_jwk
from common.auth.tokens import ALGORITHM, AUDIENCE, ISSUER, claims_of
from common.contracts.enums import Role
from common.contracts.map import SERVICES
from common.ids import new_id

KEY_ID = "test"


def new_key() -> str:
    """A new Ed25519 private key, PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass(frozen=True)
class TestKeys:
    """The keys identity and the services would hold."""

    __test__ = False

    directory: Path

    @cached_property
    def identity(self) -> str:
        return new_key()

    @cached_property
    def services(self) -> dict[str, str]:
        return {service: new_key() for service in SERVICES}

    @cached_property
    def service_jwks(self) -> str:
        return json.dumps({"keys": [public_jwk(key, service) for service, key in self.services.items()]})

    @cached_property
    def jwks_url(self) -> str:
        path = self.directory / "jwks.json"
        path.write_text(json.dumps({"keys": [public_jwk(self.identity, KEY_ID)]}))
        return path.as_uri()

    @cached_property
    def keyring(self) -> str:
        return json.dumps({"current": "k1", "keys": {"k1": base64.b64encode(bytes(range(32))).decode()}})

    @cached_property
    def blind_index_key(self) -> str:
        return base64.b64encode(bytes(32)).decode()

    def token(self, actor: Actor, **changes: Any) -> str:
        """An access token as identity would issue it; `changes` replaces claims, to make a bad one."""
        issued = int(time.time())
        claims = {
            **claims_of(actor),
            "email": "somebody@example.test",
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": issued,
            "exp": issued + 900,
            "jti": str(new_id()),
            **changes,
        }
        return jwt.encode(claims, self.identity, algorithm=ALGORITHM, headers={"kid": KEY_ID})

    def service_token(self, caller: str, recipient: str) -> str:
        """A token with which `caller` may use `recipient`'s internal API."""
        return ServiceTokens(caller, self.services[caller], self.service_jwks).issue(recipient)


def actor(
    role: Role,
    *,
    user_id: UUID | None = None,
    patient_id: UUID | None = None,
    prescriber_id: UUID | None = None,
    proxy_for: frozenset[UUID] = frozenset(),
) -> Actor:
    """A signed-in user of `role`, with profile ids as that role has them unless given."""
    return Actor(
        user_id=user_id or new_id(),
        role=role,
        session_id=new_id(),
        patient_id=patient_id or (new_id() if role is Role.PATIENT else None),
        prescriber_id=prescriber_id or (new_id() if role is Role.PRESCRIBER else None),
        staff_id=None if role in {Role.PATIENT, Role.PRESCRIBER} else new_id(),
        proxy_for=proxy_for,
        permissions=frozenset(granted(role)),
    )
