"""The envelope of every message: CloudEvents 1.0 in structured JSON, with the platform's extensions."""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

from common.events.contract import Contract
from pydantic import BaseModel, ConfigDict

C = TypeVar("C", bound=Contract)


class Envelope(BaseModel):
    """CloudEvents attributes (lower case, no separators, as that standard demands) and the data."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str
    type: str
    subject: UUID
    """The aggregate's id."""
    time: datetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    aggregateversion: int
    correlationid: UUID
    causationid: UUID | None = None
    actorid: UUID | None = None
    actorrole: str | None = None
    requestid: str
    traceparent: str
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """The event's name without producer and version: `quote.approved`."""
        return ".".join(self.type.split(".")[2:-1])

    @property
    def service(self) -> str:
        """Who published it."""
        return self.source.rsplit("/", 1)[-1]


class Received(Generic[C]):
    """A message in the hands of its handler: `data` typed, its `envelope`, and how often it was delivered."""

    __slots__ = ("data", "deliveries", "envelope")

    def __init__(self, data: C, envelope: Envelope, deliveries: int) -> None:
        self.data = data
        self.envelope = envelope
        self.deliveries = deliveries
