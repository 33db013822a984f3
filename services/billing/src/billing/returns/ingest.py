"""From the stored bytes of a NOEMIE file to entries: read to its end first, so that a bad file books nothing."""

from typing import Any
from uuid import UUID

import orjson

from billing.claims.domain import Decision
from billing.noemie import Invoice, Lot, NoemieError, State, aread_items, entity_json
from billing.noemie.layout import Header
from billing.resources import BillingResources
from billing.returns import booking, repository, service
from billing.returns.models import ReturnEntry

BATCH = 200
"""Invoices booked in one transaction: short locks, whatever the size of the file."""

MOST_OTHERS = 1000
"""Retentions and lump sums shown with a file; the raw file has them all."""

_DECISIONS = {
    State.PAID: Decision.PAID,
    State.REJECTED: Decision.REJECTED,
    State.DEFERRED: Decision.DEFERRED,
    State.UNPROCESSED: Decision.NONE,
}


async def ingest(resources: BillingResources, return_id: UUID, storage_key: str) -> None:
    """Book a NOEMIE file, or refuse it as a whole. Run again, it goes on where it stopped and doubles nothing."""
    try:
        header = await _check(resources, storage_key)
    except NoemieError as error:
        async with resources.database.transaction() as session:
            await service.refused(session, return_id, str(error), error.position)
        return
    if not header.is_real:
        async with resources.database.transaction() as session:
            await service.refused(session, return_id, "a test or demonstration file is never booked", 70)
        return
    async with resources.database.transaction() as session:
        await service.dated(session, return_id, header.file_date)
    batch: list[Invoice] = []
    others: list[dict[str, Any]] = []
    async for item in aread_items(resources.storage.stream(resources.returns_bucket, storage_key)):
        if isinstance(item, Lot | Invoice) and len(others) < MOST_OTHERS:
            others += _other_amounts(item)
        if isinstance(item, Invoice):
            batch.append(item)
        if len(batch) == BATCH:
            await _book(resources, return_id, header, batch)
            batch = []
    await _book(resources, return_id, header, batch)
    async with resources.database.transaction() as session:
        await service.booked(session, return_id, _storable(others[:MOST_OTHERS]))


async def _check(resources: BillingResources, storage_key: str) -> Header:
    """Read the whole file for its errors alone."""
    header: Header | None = None
    async for item in aread_items(resources.storage.stream(resources.returns_bucket, storage_key)):
        if isinstance(item, Header):
            header = item
    if header is None:
        raise NoemieError(0, 0, "there is no header")
    return header


async def _book(resources: BillingResources, return_id: UUID, header: Header, invoices: list[Invoice]) -> None:
    if not invoices:
        return
    async with resources.database.transaction() as session:
        file = await repository.file(session, return_id)
        if file is not None:
            await booking.book(session, file, [_entry(return_id, header, invoice) for invoice in invoices])


def _entry(return_id: UUID, header: Header, invoice: Invoice) -> ReturnEntry:
    return ReturnEntry(
        return_file_id=return_id,
        position=invoice.position,
        invoice_number=_storable(invoice.number),
        decision=_DECISIONS[invoice.state],
        amo_paid=invoice.amo_paid,
        amc_paid=invoice.amc_paid,
        paid_on=invoice.paid_on,
        reference=_storable(invoice.lot.payment.transfer_label or header.file_id) or None,
        denials=_storable([{"code": each.code, "label": each.label} for each in invoice.denials]),
        data=_storable(invoice.as_json()),
    )


def _other_amounts(group: Lot | Invoice) -> list[dict[str, Any]]:
    invoice = {"invoiceNumber": group.number} if isinstance(group, Invoice) else {}
    return [{**entity_json(each), **invoice} for each in (*group.retentions, *group.lump_sums)]


def _storable(value: Any) -> Any:
    """`value` without the NULs that PostgreSQL's text cannot hold, which are rare; the raw file keeps them."""
    return _without_nul(value) if b"\\u0000" in orjson.dumps(value) else value


def _without_nul(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\x00", "")
        case list():
            return [_without_nul(each) for each in value]
        case dict():
            return {name: _without_nul(each) for name, each in value.items()}
    return value
