"""Use cases of reconciliations."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now, today
from common.errors import NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import policies
from billing.reconciliation import repository
from billing.reconciliation.domain import Position, Sums, Totals
from billing.reconciliation.models import Reconciliation
from billing.resources import BillingResources

SHOWN = 1000
"""Differences kept with the report; the CSV has them all."""

COLUMNS = (
    "claimNumber",
    "invoiceNumber",
    "gatewayType",
    "status",
    "submittedOn",
    "ageDays",
    "claimed",
    "paid",
    "writtenOff",
    "outstanding",
    "gatewayPaid",
    "differences",
)
_FLUSH = 64 * 1024


class _Account:
    """Adds positions up while they pass on to the CSV."""

    def __init__(self, day: date) -> None:
        self.totals = Totals(day)
        self.differences: list[dict[str, Any]] = []
        self.difference_count = 0

    def add(self, position: Position) -> list[Any]:
        """Count a claim in; its row of the CSV."""
        self.totals.add(position)
        kinds = position.differences()
        self.difference_count += len(kinds)
        if kinds and len(self.differences) < SHOWN:
            self.differences.append(_difference(position, [kind.value for kind in kinds]))
        return [
            position.claim_number,
            position.invoice_number,
            position.gateway_type.value,
            position.status.value,
            position.submitted_on or "",
            position.age(self.totals.day),
            position.claimed,
            position.ledger,
            position.written_off,
            position.outstanding,
            "" if position.gateway_paid is None else position.gateway_paid,
            " ".join(kinds),
        ]


async def make(resources: BillingResources) -> Reconciliation:
    """Reconcile as of today: the CSV into the storage, then the report that names it."""
    day = today()
    account = _Account(day)
    key = f"reconciliations/{day.isoformat()}.csv"
    rows = _csv(account, _positions(resources))
    await resources.storage.put_stream(resources.returns_bucket, key, rows, "text/csv")
    made = Reconciliation(
        day=day,
        made_at=now(),
        totals=_totals(account.totals),
        differences=account.differences,
        difference_count=account.difference_count,
        csv_storage_key=key,
    )
    async with resources.database.transaction() as session:
        await repository.keep(session, made)
    return made


async def read(session: AsyncSession, actor: Actor, day: date | None) -> Reconciliation:
    """A day's reconciliation, or the latest; `NotFound`."""
    policies.may_read(actor)
    found = await repository.of_day(session, day)
    if found is None:
        raise NotFound("Reconciliation")
    audit.record(session, "billing", "reconciliation.read", "User", actor.user_id)
    return found


async def _positions(resources: BillingResources) -> AsyncIterator[Position]:
    """Every claim that counts; a transaction for each page, so that none is open for long."""
    last: UUID | None = None
    while True:
        async with resources.database.transaction() as session:
            page = await repository.positions(session, last)
        if not page:
            return
        for position in page:
            yield position
        last = page[-1].claim_id


async def _csv(account: _Account, positions: AsyncIterator[Position]) -> AsyncIterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    async for position in positions:
        writer.writerow(account.add(position))
        if text.tell() > _FLUSH:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "overall": _sums(totals.overall),
        "byGateway": [{"gatewayType": kind.value, **_sums(each)} for kind, each in sorted(totals.by_gateway.items())],
        "byAge": [{"days": days, **_sums(each)} for days, each in totals.by_age.items()],
    }


def _sums(sums: Sums) -> dict[str, Any]:
    values = asdict(sums)
    amounts = {name: str(values[name]) for name in ("claimed", "accepted", "paid", "outstanding")}
    return {"claims": sums.claims, **amounts, "writtenOff": str(sums.written_off)}


def _difference(position: Position, kinds: list[str]) -> dict[str, Any]:
    return {
        "claimId": str(position.claim_id),
        "claimNumber": position.claim_number,
        "status": position.status.value,
        "kinds": kinds,
        "claimed": str(position.claimed),
        "paid": str(position.ledger),
        "writtenOff": str(position.written_off),
        "gatewayPaid": None if position.gateway_paid is None else str(position.gateway_paid),
    }
