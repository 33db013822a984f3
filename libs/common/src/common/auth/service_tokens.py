"""Tokens between services: a minute long, for one recipient, signed with the caller's own key."""

import json
import time
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import OKPAlgorithm
from jwt.exceptions import PyJWTError

from common.auth.keys import keys_of
from common.auth.tokens import ALGORITHM
from common.errors import Unauthenticated

_SECONDS = 60


@dataclass(slots=True)
class _Token:
    text: str
    expires_at: float


class ServiceTokens:
    """Issues this service's tokens, and checks those of others against their public keys (key id = service)."""

    def __init__(self, service: str, private_key_pem: str, public_keys_json: str) -> None:
        self._service = service
        self._key = load_pem_private_key(private_key_pem.encode(), password=None)
        self._public = keys_of(json.loads(public_keys_json))
        self._issued: dict[str, _Token] = {}

    def issue(self, recipient: str) -> str:
        """A token `recipient` accepts from this service, for up to a minute."""
        token = self._issued.get(recipient)
        if token is None or token.expires_at - time.time() < 10:
            token = self._sign(recipient)
            self._issued[recipient] = token
        return token.text

    def _sign(self, recipient: str) -> _Token:
        issued = int(time.time())
        claims = {"iss": self._service, "aud": f"axtech-internal:{recipient}", "iat": issued, "exp": issued + _SECONDS}
        text = jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self._service})  # type: ignore[arg-type]
        return _Token(text, issued + _SECONDS)

    def caller(self, authorization: str | None) -> str:
        """The service that calls; `Unauthenticated` unless the header holds a good token meant for this service."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("A service token is required", code="AUTH_SERVICE_TOKEN_REQUIRED")
        try:
            name = str(jwt.get_unverified_header(token).get("kid"))
            claims = jwt.decode(
                token,
                self._public[name],
                algorithms=[ALGORITHM],
                audience=f"axtech-internal:{self._service}",
                issuer=name,
                leeway=5,
                options={"require": ["exp", "iat", "iss", "aud"]},
            )
        except (PyJWTError, KeyError) as error:
            raise Unauthenticated("The service token is not valid", code="AUTH_SERVICE_TOKEN_INVALID") from error
        return str(claims["iss"])


def public_jwk(private_key_pem: str, key_id: str) -> dict[str, str]:
    """The public half of an Ed25519 key as a JSON Web Key."""
    private = load_pem_private_key(private_key_pem.encode(), password=None)
    jwk: dict[str, str] = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)  # type: ignore[call-overload]
    return {**jwk, "kid": key_id, "use": "sig", "alg": ALGORITHM}
