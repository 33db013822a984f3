"""Access tokens: checked once, then remembered by their text until they expire or are revoked."""

import time
from typing import Any
from uuid import UUID

import jwt
from jwt.exceptions import ExpiredSignatureError, PyJWTError

from common.auth.actor import Actor
from common.auth.keys import KeySet
from common.auth.revocations import Revocations
from common.contracts.enums import Role
from common.errors import Unauthenticated

ISSUER = "axtech-identity"
AUDIENCE = "axtech-api"
ALGORITHM = "EdDSA"
_REMEMBERED = 20_000
_REQUIRED = ["sub", "role", "sid", "iat", "exp", "jti", "iss", "aud"]


class TokenVerifier:
    """Turns `Authorization: Bearer …` into an `Actor`, or refuses with 401."""

    def __init__(self, keys: KeySet, revocations: Revocations) -> None:
        self._keys = keys
        self._revocations = revocations
        self._known: dict[str, tuple[Actor, float, float]] = {}

    async def actor(self, authorization: str) -> Actor:
        """The actor of a header's value; `Unauthenticated` with a code that says what is wrong with it."""
        known = self._known.get(authorization)
        if known is None:
            known = await self._check(authorization)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[authorization] = known
        actor, issued_at, expires_at = known
        if expires_at <= time.time():
            self._known.pop(authorization, None)
            raise Unauthenticated("The access token has expired", code="AUTH_TOKEN_EXPIRED")
        if self._revocations.session_revoked(actor.session_id):
            raise Unauthenticated("The session has ended", code="AUTH_SESSION_REVOKED")
        if self._revocations.outdated(actor.user_id, issued_at):
            raise Unauthenticated("The access token is outdated, refresh it", code="AUTH_TOKEN_OUTDATED")
        return actor

    async def _check(self, authorization: str) -> tuple[Actor, float, float]:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("The Authorization header is not a bearer token", code="AUTH_TOKEN_INVALID")
        claims = await self._claims(token.strip())
        try:
            return _actor(claims), float(claims["iat"]), float(claims["exp"])
        except (KeyError, ValueError, TypeError) as error:
            raise Unauthenticated("The access token is not valid", code="AUTH_TOKEN_INVALID") from error

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.key(str(header.get("kid")))
            if key is None:
                raise Unauthenticated("The access token is signed by an unknown key", code="AUTH_TOKEN_INVALID")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=5,
                options={"require": _REQUIRED},
            )
        except ExpiredSignatureError as error:
            raise Unauthenticated("The access token has expired", code="AUTH_TOKEN_EXPIRED") from error
        except PyJWTError as error:
            raise Unauthenticated("The access token is not valid", code="AUTH_TOKEN_INVALID") from error
        return claims


def claims_of(actor: Actor) -> dict[str, Any]:
    """The claims that describe `actor`, the other way round than `TokenVerifier` reads them."""
    return {
        "sub": str(actor.user_id),
        "role": actor.role.value,
        "sid": str(actor.session_id),
        "permissions": sorted(actor.permissions),
        "patientId": str(actor.patient_id) if actor.patient_id else None,
        "prescriberId": str(actor.prescriber_id) if actor.prescriber_id else None,
        "staffId": str(actor.staff_id) if actor.staff_id else None,
        "proxyFor": sorted(str(patient) for patient in actor.proxy_for),
    }


def _actor(claims: dict[str, Any]) -> Actor:
    def optional(name: str) -> UUID | None:
        return UUID(claims[name]) if claims.get(name) else None

    return Actor(
        user_id=UUID(claims["sub"]),
        role=Role(claims["role"]),
        session_id=UUID(claims["sid"]),
        patient_id=optional("patientId"),
        prescriber_id=optional("prescriberId"),
        staff_id=optional("staffId"),
        proxy_for=frozenset(UUID(patient) for patient in claims.get("proxyFor", [])),
        permissions=frozenset(claims.get("permissions", [])),
    )
