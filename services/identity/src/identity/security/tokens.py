"""The tokens identity issues.

Access tokens are signed with an Ed25519 key that only identity holds and that every service checks against the
published key set. What only identity reads back (refresh, second factor, enrolment) is signed with a shared secret;
each kind has an audience of its own, so that none passes for another.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from common.auth.actor import Actor
from common.auth.keys import KeySet, keys_of
from common.auth.tokens import ALGORITHM, AUDIENCE, ISSUER, claims_of
from common.clock import now
from common.errors import Unauthenticated
from common.ids import new_id
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from jwt import PyJWK
from jwt.algorithms import OKPAlgorithm
from jwt.exceptions import PyJWTError

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=7)
SECOND_FACTOR_LIFETIME = timedelta(minutes=5)
ENROLMENT_LIFETIME = timedelta(minutes=15)

_REFRESH = "axtech-refresh"
_SECOND_FACTOR = "axtech-second-factor"
_ENROLMENT = "axtech-enrolment"
_SHARED_ALGORITHM = "HS256"
_PEM_END = "-----END PUBLIC KEY-----"


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a refresh token says; `token_id` changes at each rotation."""

    user_id: UUID
    session_id: UUID
    token_id: UUID


@dataclass(frozen=True, slots=True)
class SecondFactorToken:
    """The password was right; the fingerprint is that of the device it was typed on."""

    user_id: UUID
    fingerprint: str | None


class SigningKeys:
    """The key that signs, and the key set that is published. A key's id is its thumbprint (RFC 7638)."""

    def __init__(self, private_pem: str, further_public_pems: str = "") -> None:
        key = load_pem_private_key(private_pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("JWT_SECRET is not an Ed25519 private key")
        self._private = key
        published = [_public_jwk(key.public_key()), *map(_public_jwk, _public_keys(further_public_pems))]
        self._key_id = published[0]["kid"]
        self.document = {"keys": list({key["kid"]: key for key in published}.values())}

    def access_token(self, actor: Actor, email: str) -> str:
        """A token for 15 minutes. `iat` has fractions: a token issued right after others went out of date counts."""
        issued = now()
        claims = {
            **claims_of(actor),
            "email": email,
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": issued.timestamp(),
            "exp": int((issued + ACCESS_LIFETIME).timestamp()),
            "jti": str(new_id()),
        }
        return jwt.encode(claims, self._private, algorithm=ALGORITHM, headers={"kid": self._key_id})


class OwnKeySet(KeySet):
    """Identity checks its own tokens without asking itself; a key it lacks may be a newer replica's."""

    def __init__(self, keys: SigningKeys, url: str) -> None:
        super().__init__(url)
        self._own = keys_of(keys.document)

    async def key(self, key_id: str) -> PyJWK | None:
        return self._own.get(key_id) or await super().key(key_id)


class PrivateTokens:
    """Tokens that only identity reads."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def refresh(self, token: RefreshToken, expires: datetime) -> str:
        claims = {"sub": str(token.user_id), "sid": str(token.session_id), "jti": str(token.token_id)}
        return self._sign(_REFRESH, claims, expires)

    def read_refresh(self, text: str) -> RefreshToken:
        """`Unauthenticated` unless it is a refresh token of ours, and in time."""
        claims = self._read(_REFRESH, text, "AUTH_REFRESH_TOKEN_INVALID")
        return RefreshToken(UUID(claims["sub"]), UUID(claims["sid"]), UUID(claims["jti"]))

    def second_factor(self, token: SecondFactorToken) -> str:
        claims = {"sub": str(token.user_id), "fingerprint": token.fingerprint}
        return self._sign(_SECOND_FACTOR, claims, now() + SECOND_FACTOR_LIFETIME)

    def read_second_factor(self, text: str) -> SecondFactorToken:
        """`Unauthenticated` unless it is a second-factor token of ours, and in time."""
        claims = self._read(_SECOND_FACTOR, text, "AUTH_MFA_TOKEN_INVALID")
        return SecondFactorToken(UUID(claims["sub"]), claims["fingerprint"])

    def enrolment(self, user_id: UUID) -> str:
        return self._sign(_ENROLMENT, {"sub": str(user_id)}, now() + ENROLMENT_LIFETIME)

    def read_enrolment(self, text: str) -> UUID:
        """The user; `Unauthenticated` unless it is an enrolment token of ours, and in time."""
        return UUID(self._read(_ENROLMENT, text, "AUTH_TOKEN_INVALID")["sub"])

    def _sign(self, audience: str, claims: dict[str, Any], expires: datetime) -> str:
        claims = {**claims, "iss": ISSUER, "aud": audience, "iat": now(), "exp": expires}
        return jwt.encode(claims, self._secret, algorithm=_SHARED_ALGORITHM)

    def _read(self, audience: str, text: str, code: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                text,
                self._secret,
                algorithms=[_SHARED_ALGORITHM],
                audience=audience,
                issuer=ISSUER,
                options={"require": ["sub", "exp", "iat", "iss", "aud"], "verify_exp": False, "verify_iat": False},
            )
        except PyJWTError as error:
            raise Unauthenticated("The token is not valid or has expired", code=code) from error
        if claims["exp"] <= now().timestamp():  # by our clock, as it was signed
            raise Unauthenticated("The token is not valid or has expired", code=code)
        return claims


def _public_keys(pems: str) -> list[Ed25519PublicKey]:
    keys = []
    for part in pems.split(_PEM_END)[:-1]:
        key = load_pem_public_key((part.strip() + "\n" + _PEM_END).encode())
        if not isinstance(key, Ed25519PublicKey):
            raise TypeError("JWT_PREVIOUS_PUBLIC_KEYS holds a key that is not Ed25519")
        keys.append(key)
    return keys


def _public_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    jwk: dict[str, str] = OKPAlgorithm.to_jwk(key, as_dict=True)
    members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).decode().rstrip("=")
    return {**jwk, "kid": thumbprint, "use": "sig", "alg": ALGORITHM}
