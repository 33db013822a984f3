"""The list of public paths."""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

ROUTES = Path(__file__).parents[4] / "gateway/routes.toml"
_PRIVATE = ("/internal", "/metrics", "/health")

PublicPath = Annotated[str, StringConstraints(pattern=r"^(/[a-z0-9.-]+)+$")]
Positive = Annotated[int, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Strict):
    """What the gateway lets through; MB are 1,048,576 bytes, rates count for one address."""

    body_megabytes: Positive
    requests_per_second: Positive
    burst: Positive


class LargerBody(_Strict):
    """A path whose bodies may be larger than the rest."""

    path: PublicPath
    megabytes: Positive


class Service(_Strict):
    """The public paths of one service."""

    paths: Annotated[list[PublicPath], Field(min_length=1)]


class Routes(_Strict):
    """The whole list. A path belongs to one service only, and none is private."""

    limits: Limits
    larger_bodies: list[LargerBody]
    services: dict[str, Service]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        owners: dict[str, str] = {}
        for name, service in self.services.items():
            for path in service.paths:
                if any(is_under(path, private) for private in _PRIVATE):
                    raise ValueError(f"{path} must not be public")
                if path in owners:
                    raise ValueError(f"{path} is listed for {owners[path]} and {name}")
                owners[path] = name
        for larger in self.larger_bodies:
            if self.owner(larger.path) is None:
                raise ValueError(f"{larger.path} belongs to no service")
        return self

    def owner(self, path: str) -> str | None:
        """The service a path goes to; the longest listed path decides."""
        matches = [
            (len(prefix), name)
            for name, service in self.services.items()
            for prefix in service.paths
            if is_under(path, prefix)
        ]
        return max(matches)[1] if matches else None

    def letting_through(self, requests_per_second: int) -> Self:
        """The same list with another rate, for each address."""
        rates = {"requests_per_second": requests_per_second, "burst": 2 * requests_per_second}
        return self.model_copy(update={"limits": Limits.model_validate(self.limits.model_dump() | rates)})


def is_under(path: str, prefix: str) -> bool:
    """Whether `path` is `prefix` or below it."""
    return path == prefix or path.startswith(f"{prefix}/")


def load_routes(file: Path = ROUTES) -> Routes:
    """The list as written. ValidationError, TOMLDecodeError, OSError."""
    return Routes.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
