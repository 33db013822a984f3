"""The consistency checker finds each kind of fault, and none where there is none."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import nats
import pytest
import pytest_asyncio
from axtech.reach import Unreachable
from axtech.verify.findings import Finding, Window
from axtech.verify.run import KINDS, verify
from axtech.verify.sources import Databases, database_urls, open_databases
from common import clock
from common.contracts.cases import CaseStatusChangedV1
from common.contracts.map import CONSUMERS, SERVICES
from common.events.publish import Message, publish
from common.events.topology import durables
from common.ids import new_id
from common.testing.planting import AGO, event_id, plant
from common.testing.plugin import Servers
from nats.aio.client import Client

Break = Callable[["World"], Awaitable[Any]]


@dataclass
class World:
    """One wheelchair file that every service agrees on, and the event that told of it."""

    databases: dict[str, asyncpg.Connection]
    broker: Client
    ids: dict[str, UUID] = field(default_factory=dict)
    event: UUID = field(default_factory=event_id)

    async def run(self, service: str, statement: str, *arguments: Any) -> None:
        await self.databases[service].execute(statement, *arguments)

    async def verified(self) -> list[Finding]:
        now = clock.now()
        minute = timedelta(minutes=1)
        window = Window.until(now, since=now - timedelta(days=1), grace=minute, patience=15 * minute)
        return await verify(self.databases, self.broker, window)

    @asynccontextmanager
    async def unharmed(self) -> AsyncIterator[None]:
        """Whatever is done to the databases inside is undone afterwards."""
        transactions = [connection.transaction() for connection in self.databases.values()]
        for transaction in transactions:
            await transaction.start()
        try:
            yield
        finally:
            for transaction in transactions:
                await transaction.rollback()


@pytest_asyncio.fixture
async def world(
    servers: Servers, new_database: Callable[[str], Awaitable[str]], broker_url: str
) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        databases = {}
        for service in SERVICES:
            name = (await new_database(service)).rsplit("/", 1)[1]
            databases[service] = await asyncpg.connect(servers.postgres, database=name)
            stack.push_async_callback(databases[service].close)
            await databases[service].execute("SET session_replication_role = replica")  # no foreign keys, no triggers
        broker = await nats.connect(broker_url)
        stack.push_async_callback(broker.close)
        made = World(databases, broker)
        await _file(made)
        await _told(made)
        yield made


async def _file(world: World) -> None:
    cases, billing, devices = (world.databases[name] for name in ("cases", "billing", "devices"))
    case, patient, quote, claim, document, device = (new_id() for _ in range(6))
    world.ids = {"case": case, "quote": quote, "claim": claim, "document": document, "device": device}
    then = clock.now() - AGO
    fresh = {"created_at": then, "updated_at": then}
    amount = Decimal("100.00")
    await plant(cases, "cases", id=case, patient_id=patient, status="MAINTENANCE_ACTIVE", priority="NORMAL", **fresh)
    amounts = {"total_amount": amount, "lppr_coverage": amount, "patient_remainder": 0}
    approved = {"status": "APPROVED", "approved_at": then, "sent_at": then, "pdf_document_id": document}
    await plant(cases, "quotes", id=quote, case_id=case, **amounts, **approved, **fresh)
    await plant(cases, "case_claims", claim_id=claim, case_id=case, quote_id=quote, status="PAID")
    await plant(cases, "known_documents", document_id=document, document_type="QUOTE_PDF", state="CLEAN")
    await plant(
        cases, "delivered_devices", case_id=case, serial_number="S-1", contract_type="ELECTRIC", created_at=then
    )
    paid = {"status": "PAID", "total_amount": amount, "paid_amount": amount}
    numbers = {"invoice_number": "000000001", "gateway_type": "LGPI"}
    await plant(billing, "claims", id=claim, case_id=case, quote_id=quote, lines="[]", **paid, **numbers, **fresh)
    await plant(billing, "payments", claim_id=claim, amount=amount, payment_method="CPAM_DIRECT")
    await plant(devices, "known_cases", case_id=case, status="MAINTENANCE_ACTIVE")
    await plant(devices, "device_instances", id=device, case_id=case, serial_number="S-1", status="ACTIVE", **fresh)
    year = {"start_date": then.date(), "renewal_date": then.date() + timedelta(days=365)}
    await plant(devices, "maintenance_contracts", device_id=device, contract_type="ELECTRIC", status="ACTIVE", **year)
    documents = world.databases["documents"]
    await plant(documents, "known_cases", case_id=case, patient_id=patient)
    kind = {"owner_type": "STAFF", "document_type": "QUOTE_PDF", "bucket": "GENERATED", "sha256_hash": "0" * 64}
    scanned = {"uploaded_at": then, "scan_status": "CLEAN", "scan_completed_at": then}
    await plant(
        documents, "documents", id=document, patient_id=patient, case_id=case, quote_id=quote, **kind, **scanned
    )


async def _told(world: World) -> None:
    """The event is in the outbox of its service, in its stream, and in every inbox."""
    event, then = CaseStatusChangedV1, clock.now() - AGO
    message = Message(event.stream(), event.subject(), str(world.event), b"{}", {})
    await publish(world.broker, [message])
    about = {"event_id": world.event, "stream": event.stream(), "subject": event.subject()}
    await plant(world.databases["cases"], "outbox_sent", **about, created_at=then, sent_at=then)
    for spec in CONSUMERS:
        if event in spec.events:
            await plant(world.databases[spec.service], "inbox", consumer=spec.durable, event_id=str(world.event))


def _sql(service: str, statement: str) -> Break:
    async def run(world: World) -> None:
        await world.run(service, statement)

    return run


async def _sent_and_gone(world: World) -> None:
    then = clock.now() - AGO
    about = {"event_id": event_id(), "stream": "CASES", "subject": "axtech.cases.case.opened"}
    await plant(world.databases["cases"], "outbox_sent", **about, created_at=then, sent_at=then)


async def _not_relayed(world: World) -> None:
    then = clock.now() - AGO
    await plant(world.databases["cases"], "outbox", event_id=event_id(), stream="CASES", created_at=then)


async def _dead(world: World) -> None:
    await plant(world.databases["billing"], "dead_letters", event_id=str(event_id()), reason="permanent")


async def _pending_notification(world: World) -> None:
    then = clock.now() - AGO
    about = {"channel": "EMAIL", "status": "PENDING", "created_at": then, "updated_at": then}
    await plant(world.databases["notifications"], "notifications", **about)


async def _unread_return(world: World) -> None:
    about = {"status": "RECEIVED", "return_type": "NOEMIE", "origin": "UPLOAD"}
    await plant(world.databases["billing"], "return_files", **about)


FAULTS: dict[str, Break] = {
    "quote-without-claim": _sql("billing", "DELETE FROM claims"),
    "claim-without-quote": _sql("cases", "DELETE FROM quotes"),
    "claim-unknown-to-case": _sql("cases", "UPDATE case_claims SET status = 'ACCEPTED'"),
    "delivery-without-device": _sql("devices", "DELETE FROM device_instances"),
    "delivery-without-contract": _sql("devices", "DELETE FROM maintenance_contracts"),
    "device-without-delivery": _sql("cases", "DELETE FROM delivered_devices"),
    "case-unknown-to-devices": _sql("devices", "UPDATE known_cases SET status = 'DELIVERED'"),
    "case-unknown-to-documents": _sql("documents", "DELETE FROM known_cases"),
    "document-unknown-to-cases": _sql("cases", "DELETE FROM known_documents"),
    "quote-without-document": _sql("documents", "UPDATE documents SET quote_id = NULL"),
    "case-behind-claim": _sql("cases", "UPDATE cases SET status = 'CPAM_PENDING'"),
    "payments-differ": _sql("billing", "UPDATE payments SET amount = 99.99"),
    "claim-state-differs": _sql("billing", "UPDATE claims SET status = 'PARTIAL_PAYMENT'"),
    "quote-not-linked": _sql("cases", "UPDATE quotes SET pdf_document_id = NULL"),
    "stuck-scan": _sql("documents", "UPDATE documents SET scan_status = 'PENDING', scan_completed_at = NULL"),
    "stuck-submission": _sql("billing", "UPDATE claims SET submission_queued_at = now() - interval '30 minutes'"),
    "stuck-return": _unread_return,
    "stuck-notification": _pending_notification,
    "event-not-relayed": _not_relayed,
    "event-not-in-stream": _sent_and_gone,
    "event-not-handled": _sql("devices", "DELETE FROM inbox"),
    "event-unknown-to-its-service": _sql("cases", "DELETE FROM outbox_sent"),
    "dead-letter": _dead,
}
"""What makes each kind; `durable-missing` is the broker's, and tried by itself."""


async def test_every_kind_of_fault_is_found(world: World, subtests: pytest.Subtests) -> None:
    assert await world.verified() == []
    assert set(KINDS) - FAULTS.keys() == {"durable-missing"}
    for kind, breaks in FAULTS.items():
        with subtests.test(kind):
            async with world.unharmed():
                await breaks(world)
                assert kind in {finding.kind for finding in await world.verified()}
    stream, config = next((stream, config) for stream, config in durables() if config.durable_name == "billing-quotes")
    await world.broker.jetstream().delete_consumer(stream, "billing-quotes")
    assert [(finding.kind, finding.about) for finding in await world.verified()] == [
        ("durable-missing", f"{stream}/{config.durable_name}")
    ]


async def test_what_may_still_be_under_way_is_no_fault(world: World) -> None:
    async with world.unharmed():
        await world.run("billing", "DELETE FROM claims")
        await world.run("cases", "UPDATE quotes SET approved_at = now()")
        assert "quote-without-claim" not in {finding.kind for finding in await world.verified()}


async def test_a_cancelled_case_needs_no_claim_and_a_buried_event_no_inbox(world: World) -> None:
    async with world.unharmed():
        await world.run("billing", "DELETE FROM claims")
        await world.run("cases", "UPDATE cases SET status = 'CANCELLED'")
        assert "quote-without-claim" not in {finding.kind for finding in await world.verified()}
    async with world.unharmed():
        await world.run("devices", "DELETE FROM inbox")
        buried = {"consumer": "devices-cases", "event_id": str(world.event), "resolved_at": clock.now()}
        await plant(world.databases["devices"], "dead_letters", **buried, reason="permanent", resolution="replayed")
        assert await world.verified() == []


async def test_its_sessions_cannot_write(new_database: Callable[[str], Awaitable[str]]) -> None:
    async with open_databases({"cases": await new_database("cases")}) as databases:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await _write(databases)


async def _write(databases: Databases) -> None:
    await databases["cases"].execute("DELETE FROM inbox")


def test_databases_are_named_all_or_none() -> None:
    with pytest.raises(Unreachable, match="BILLING_DATABASE_URL"):
        database_urls({"CASES_DATABASE_URL": "postgresql://somewhere/cases"})
    named = {f"{service.upper()}_DATABASE_URL": f"postgresql://somewhere/{service}" for service in SERVICES}
    assert database_urls(named)["devices"] == "postgresql://somewhere/devices"
