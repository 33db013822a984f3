"""Base of request and response bodies."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


UtcDateTime = Annotated[AwareDatetime, PlainSerializer(_rfc3339, return_type=str, when_used="json")]
"""RFC 3339 in UTC with `Z` and microseconds, as the hot reads write it too."""


class Schema(BaseModel):
    """camelCase in JSON, snake_case in Python; unknown fields of a request are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, from_attributes=True, extra="forbid", str_strip_whitespace=True
    )


class Changes(Schema):
    """Body of a PATCH: every field is optional, and what is not given stays; null only where a field is `nullable`."""

    nullable: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def _not_null(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name not in cls.nullable:
            raise ValueError("may not be null")
        return value

    def given(self) -> dict[str, Any]:
        """The fields the caller named, by their Python names."""
        return {name: getattr(self, name) for name in self.model_fields_set}
