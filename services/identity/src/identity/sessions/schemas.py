"""HTTP bodies of logging in."""

from typing import Annotated, Literal
from uuid import UUID

from common.http import Schema, UtcDateTime
from pydantic import Field

from identity.security.types import DeviceFingerprint, Email, GivenPassword

Jwt = Annotated[str, Field(min_length=20, max_length=4096)]
SecondFactorCode = Annotated[
    str, Field(pattern=r"^([0-9]{6}|[A-Za-z2-7]{5}-?[A-Za-z2-7]{5})$", description="TOTP or recovery code")
]


class Login(Schema):
    """`useCookie`: the refresh token comes in an HttpOnly cookie, for browsers, and not in the body."""

    email: Email
    password: GivenPassword
    device_fingerprint: DeviceFingerprint | None = None
    use_cookie: bool = False


class Tokens(Schema):
    """`expiresIn` is in seconds, of the access token. Where the refresh token is in its cookie, `csrfToken` is here
    instead."""

    access_token: str
    refresh_token: str | None = None
    csrf_token: str | None = None
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme
    expires_in: int


class SecondFactorRequired(Schema):
    mfa_required: Literal[True] = True
    mfa_token: str


class EnrolmentRequired(Schema):
    """Staff without a second factor: the token is good for enrolling one, and for nothing else."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme
    expires_in: int
    mfa_enrollment_required: Literal[True] = True


class SecondFactor(Schema):
    """`useCookie` as in `Login`."""

    mfa_token: Jwt
    code: SecondFactorCode
    trust_device: bool = False
    use_cookie: bool = False


class Enrolment(Schema):
    """`code` is asked of those who have a second factor already and want another."""

    code: SecondFactorCode | None = None


class Enrolling(Schema):
    secret: str
    otpauth_uri: str


class Activation(Schema):
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class RecoveryCodes(Schema):
    """Shown this once."""

    recovery_codes: list[str]


class Refresh(Schema):
    refresh_token: Jwt


class SessionBody(Schema):
    """`current` is the session the call is made in."""

    id: UUID
    current: bool
    ip_address: str | None
    user_agent: str | None
    created_at: UtcDateTime
    last_used_at: UtcDateTime
    expires_at: UtcDateTime
