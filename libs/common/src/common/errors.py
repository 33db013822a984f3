"""Every error a caller may see: a class with an HTTP status and a stable code, and the specification's envelope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field


class ErrorDetail(BaseModel):
    """One thing that is wrong, and where: `field` is a JSON path such as `lines[0].quantity`."""

    model_config = ConfigDict(extra="allow")

    field: str
    code: str
    message: str


class ErrorBody(BaseModel):
    """The inside of the envelope."""

    model_config = ConfigDict(populate_by_name=True)

    code: str
    message: str
    details: list[ErrorDetail]
    request_id: str = Field(alias="requestId")
    timestamp: datetime


class ErrorEnvelope(BaseModel):
    """Section 3.1 of the specification: what every failed call answers."""

    error: ErrorBody


@dataclass(frozen=True, slots=True)
class Detail:
    """One detail of an `AppError`."""

    field: str
    code: str
    message: str
    extra: tuple[tuple[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"field": self.field, "code": self.code, "message": self.message, **dict(self.extra)}


class AppError(Exception):
    """The base of what the platform refuses. `code` starts with a prefix of the taxonomy (section 3.3)."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "SYS_INTERNAL"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: Sequence[Detail] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.details = tuple(details)
        self.headers = headers or {}
        self.keeps_changes = False

    def keeping(self) -> Self:
        """Raise this to refuse a call and yet commit what it has changed: a failed attempt that counts."""
        self.keeps_changes = True
        return self


class InvalidInput(AppError):
    """400: malformed or failing validation."""

    status = 400
    default_code = "VAL_INVALID"


class Unauthenticated(AppError):
    """401: no token, or one that is not good."""

    status = 401
    default_code = "AUTH_REQUIRED"

    def __init__(self, message: str = "Authentication is required", *, code: str | None = None) -> None:
        super().__init__(message, code=code, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(AppError):
    """403: the actor may know of it but not do it."""

    status = 403
    default_code = "AUTHZ_FORBIDDEN"

    def __init__(self, message: str = "You are not allowed to do this", *, code: str | None = None) -> None:
        super().__init__(message, code=code)


class NotFound(AppError):
    """404: it does not exist, or the actor may not know of it. The two are never told apart."""

    status = 404
    default_code = "BIZ_NOT_FOUND"

    def __init__(self, what: str, *, code: str | None = None) -> None:
        super().__init__(f"{what} not found", code=code)


class Conflict(AppError):
    """409: the state does not allow it, or it exists already."""

    status = 409
    default_code = "BIZ_CONFLICT"


class Stale(AppError):
    """412: `If-Match` names a version that is no longer the current one."""

    status = 412
    default_code = "VAL_STALE_VERSION"

    def __init__(self) -> None:
        super().__init__("The resource has changed since it was read; read it again")


class TooLarge(AppError):
    """413: the body is over the limit."""

    status = 413
    default_code = "VAL_BODY_TOO_LARGE"


class BrokenRule(AppError):
    """422: well formed, but against a rule of the trade."""

    status = 422
    default_code = "BIZ_RULE"


class RateLimited(AppError):
    """429: too many calls; `Retry-After` says when to come back."""

    status = 429
    default_code = "SYS_RATE_LIMITED"


class Unavailable(AppError):
    """503: something this call needs is down; trying again later is right."""

    status = 503
    default_code = "SYS_UNAVAILABLE"
