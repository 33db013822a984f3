"""What an event, a job and a scheduled tick are: frozen pydantic records with a name, a producer and a version."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

PREFIX = "axtech"


class Contract(BaseModel):
    """Base of all that goes over the broker. JSON in camelCase; unknown fields of newer versions are ignored."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    registry: ClassVar[dict[str, type["Contract"]]] = {}
    service: ClassVar[str]
    name: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def type_name(cls) -> str:
        """CloudEvents `type`, such as `axtech.cases.quote.approved.v1`."""
        return f"{cls.subject()}.v{cls.version}"

    @classmethod
    def subject(cls) -> str:
        """Where it is published."""
        raise NotImplementedError

    @classmethod
    def stream(cls) -> str:
        """The stream that keeps it."""
        raise NotImplementedError


def _register(cls: type[Contract]) -> None:
    if "name" in cls.__dict__ and cls.registry.setdefault(cls.type_name(), cls) is not cls:
        raise TypeError(f"two contracts are called {cls.type_name()}")


class Event(Contract):
    """Something that happened. Ids, codes, amounts and states only: never names, NIRs, addresses or clinical text."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _register(cls)

    @classmethod
    def subject(cls) -> str:
        """`axtech.<service>.<aggregate>.<event>`."""
        return f"{PREFIX}.{cls.service}.{cls.name}"

    @classmethod
    def stream(cls) -> str:
        return cls.service.upper()


class CaseEvent(Event):
    """An event that belongs in the timeline of a case."""

    case_id: UUID


class Job(Contract):
    """Work to be done once, from one of the queues of section 7.1; `service` does it."""

    queue: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _register(cls)

    @classmethod
    def subject(cls) -> str:
        """`axtech.jobs.<queue>.<job>`."""
        return f"{PREFIX}.jobs.{cls.queue}.{cls.name}"

    @classmethod
    def stream(cls) -> str:
        return "JOBS"
