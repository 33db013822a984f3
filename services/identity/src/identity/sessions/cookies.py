"""Browser sessions: the refresh token in a cookie that scripts cannot read.

Only `/auth/refresh` is authenticated by that cookie, so only there another site could act in a user's name; it asks for
the CSRF token too, which pages of ours can read and others cannot. Every other call needs an Authorization header.
"""

import secrets

from common.errors import Forbidden
from fastapi import Response

from identity.resources import IdentityResources
from identity.security.tokens import REFRESH_LIFETIME
from identity.sessions.schemas import Tokens

REFRESH_COOKIE = "axtech_refresh"
CSRF_COOKIE = "axtech_csrf"
CSRF_HEADER = "X-CSRF-Token"
_REFRESH_PATH = "/api/v1/auth"


def hand_over(resources: IdentityResources, response: Response, tokens: Tokens) -> Tokens:
    """Put the refresh token into its cookie; the body then holds the CSRF token in its place."""
    refresh_token = tokens.refresh_token or ""
    csrf_token = _csrf_of(resources, refresh_token)
    lifetime = int(REFRESH_LIFETIME.total_seconds())
    secure = _is_secure(resources)
    response.set_cookie(
        REFRESH_COOKIE, refresh_token, lifetime, path=_REFRESH_PATH, secure=secure, httponly=True, samesite="strict"
    )
    response.set_cookie(CSRF_COOKIE, csrf_token, lifetime, path="/", secure=secure, samesite="strict")
    return tokens.model_copy(update={"refresh_token": None, "csrf_token": csrf_token})


def require_csrf(resources: IdentityResources, refresh_token: str, given: str | None) -> None:
    """`Forbidden` unless the CSRF token is that of the refresh token's session; `Unauthenticated` for a bad token."""
    if not secrets.compare_digest((given or "").encode(), _csrf_of(resources, refresh_token).encode()):
        raise Forbidden(f"The {CSRF_HEADER} header does not hold this session's token", code="AUTHZ_CSRF")


def clear(resources: IdentityResources, response: Response) -> None:
    """Have the browser forget both cookies."""
    secure = _is_secure(resources)
    response.delete_cookie(REFRESH_COOKIE, path=_REFRESH_PATH, secure=secure, httponly=True, samesite="strict")
    response.delete_cookie(CSRF_COOKIE, path="/", secure=secure, samesite="strict")


def _csrf_of(resources: IdentityResources, refresh_token: str) -> str:
    session_id = resources.private_tokens.read_refresh(refresh_token).session_id
    return resources.blind_index.of("csrf", str(session_id))


def _is_secure(resources: IdentityResources) -> bool:
    return resources.settings.public_url.startswith("https:")
