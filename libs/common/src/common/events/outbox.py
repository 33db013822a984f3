"""The transactional outbox: what a use case records is committed with its changes, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
from common import context
from common.events.contract import Contract
from common.ids import derived_id
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

WAKE_CHANNEL = "axtech_outbox"
_RECORDED = "axtech_recorded"

# As the driver takes it: compiling an expression for every transaction costs more than sending it.
_INSERT = (
    "INSERT INTO outbox (event_id, stream, subject, aggregate_id, aggregate_version, payload, headers) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)"
)


class Aggregate(Protocol):
    """What events are about: an identified, versioned row."""

    id: Any
    version: Any


@dataclass(frozen=True, slots=True)
class _Recorded:
    contract: Contract
    aggregate_id: UUID
    aggregate: Aggregate | None
    caused_by: context.Context
    event_id: UUID | None


def record(session: AsyncSession, contract: Contract, *, of: Aggregate | UUID, begins: bool = False) -> None:
    """Have `contract` published if, and only if, this session's transaction commits.

    `of` is the aggregate it is about: a versioned entity, whose version after the flush travels with the event and
    whose changed row keeps events of one aggregate in order; or a bare id for a job or an event without an aggregate.
    `begins`: the event tells of the aggregate's beginning, so it has the same id should that be told again.
    """
    aggregate_id, aggregate = (of, None) if isinstance(of, UUID) else (of.id, of)
    event_id = derived_id(aggregate_id, contract.type_name()) if begins else None
    recorded: list[_Recorded] = session.info.setdefault(_RECORDED, [])
    recorded.append(_Recorded(contract, aggregate_id, aggregate, context.current(), event_id))


def write(session: Session, *, now: datetime, new_id: Callable[[], UUID]) -> int:
    """Insert what was recorded, in one statement; called once before commit. Returns how many rows were written."""
    recorded: list[_Recorded] = session.info.pop(_RECORDED, [])
    if recorded:
        rows = [_row(item, now, item.event_id or new_id()) for item in recorded]
        session.connection().exec_driver_sql(_INSERT, rows if len(rows) > 1 else rows[0])
    return len(recorded)


def _row(item: _Recorded, now: datetime, event_id: UUID) -> tuple[Any, ...]:
    contract, cause = item.contract, item.caused_by
    version = int(item.aggregate.version) if item.aggregate is not None else 0
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"axtech/{contract.service}",
        "type": contract.type_name(),
        "subject": item.aggregate_id,
        "time": now,
        "datacontenttype": "application/json",
        "dataschema": f"urn:axtech:contract:{type(contract).__name__}",
        "aggregateversion": version,
        "correlationid": cause.correlation_id or event_id,
        "causationid": cause.causation_id,
        "actorid": cause.actor_id,
        "actorrole": cause.actor_role,
        "requestid": cause.request_id,
        "traceparent": cause.traceparent,
        "data": contract.model_dump(mode="json", by_alias=True),
    }
    return (
        event_id,
        contract.stream(),
        contract.subject(),
        item.aggregate_id,
        version,
        orjson.dumps(envelope, default=str),  # asyncpg gives UUIDs of a type of its own
        orjson.dumps({"traceparent": cause.traceparent}).decode(),
    )
