"""From a patient's approval of a quote to the draft of its claim: cases and billing, each with its own database."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import asyncpg
import httpx
import nats
import orjson
from cases.catalogue.domain import FamilyCategory
from cases.catalogue.models import LPPRItem, Product, ProductFamily
from common.contracts.billing import ClaimCreatedV1
from common.contracts.enums import Role
from common.db.engine import Database
from common.ids import new_id
from common.testing.keys import actor
from nats.js import JetStreamContext

from bench.cases_api import cases_of
from bench.report import Figure, percentile
from bench.stage import Stage, place

_APPROVALS = 240
_WARM_UP = 40
_PRICE = Decimal("651.27")

_AWAITED = """
WITH awaiting AS (
    UPDATE cases SET status = 'PATIENT_APPROVAL_PENDING',
        checklist_state = '{"idVerified": true, "carteVitaleVerified": true, "prescriptionVerified": true,
            "addressVerified": true, "productSelected": true, "quoteGenerated": true, "patientApproved": false}'
    RETURNING id, case_number
), quote AS (
    INSERT INTO quotes (id, case_id, quote_number, quote_version, total_amount, lppr_coverage, patient_remainder,
        status, prescription_date, valid_until, created_by, version)
    SELECT uuidv7(), id, case_number, 1, 651.27, 651.27, 0, 'PENDING_APPROVAL', current_date, current_date + 90, id, 1
    FROM awaiting RETURNING id
)
INSERT INTO quote_line_items (id, quote_id, product_id, lppr_item_id, product_name, sku, lppr_code, lppr_label,
    max_price, quantity, unit_price, line_total, optional, sort_order)
SELECT uuidv7(), quote.id, $1::uuid, $2::uuid, 'Alto', 'ALTO', '4222803', 'VHP', 651.27, 1, 651.27, 651.27, false, 0
FROM quote RETURNING quote_id
"""
"""Has every case wait for the approval of a quote of one product; the quotes."""


async def approvals() -> list[Figure]:
    """POST of an approval → its claim drafted and told of, one at a time, beside the bare inserts and hops of that."""
    async with AsyncExitStack() as stack:
        cases = await stack.enter_async_context(place("cases"))
        billing = await stack.enter_async_context(place("billing", files=True))
        billing = replace(billing, environment={**billing.environment, "NATS_URL": cases.where.nats_url})
        bare = await _bare(cases.where, billing.where)
        patient = new_id()
        quotes = await _awaited(cases.where, patient)
        api = await stack.enter_async_context(cases.running("api"))
        await stack.enter_async_context(cases.running("worker"))
        await stack.enter_async_context(billing.running("worker"))
        token = cases.keys.token(actor(Role.PATIENT, patient_id=patient))
        ours = await _approved(cases.where, f"{api.server.url}/api/v1", token, quotes)
    bar = "two bare inserts and hops"
    p50, p99 = (percentile(ours, share) * 1000 for share in (0.5, 0.99))
    bare50, bare99 = (percentile(bare, share) * 1000 for share in (0.5, 0.99))
    return [
        Figure("approval → draft claim, p50", p50, "ms", bare50, bar, "–", met=True),
        Figure("approval → draft claim, p99", p99, "ms", bare99, bar, "< 1 s", p99 < 1000),
    ]


async def _awaited(where: Stage, patient_id: UUID) -> list[UUID]:
    await cases_of(where, patient_id, _APPROVALS)
    family = ProductFamily(id=new_id(), name="FMP", category=FamilyCategory.MANUAL_WHEELCHAIR)
    product = Product(id=new_id(), family_id=family.id, sku="ALTO", name="Alto", specifications={})
    item = LPPRItem(
        id=new_id(), code="4222803", label="VHP", category="VEH", max_price=_PRICE, valid_from=date(2020, 1, 1)
    )
    database = Database(lambda: where.database_url)
    async with database.transaction() as session:
        session.add_all([family, item])
        await session.flush()
        session.add(product)
    await database.engine.dispose()
    connection = await asyncpg.connect(where.admin_url)
    found = await connection.fetch(_AWAITED, product.id, item.id)
    await connection.close()
    return [row["quote_id"] for row in found]


@asynccontextmanager
async def _jetstream(where: Stage) -> AsyncIterator[JetStreamContext]:
    client = await nats.connect(where.nats_url)
    yield client.jetstream()
    await client.close()


async def _approved(where: Stage, url: str, token: str, quotes: list[UUID]) -> list[float]:
    """Seconds from each request to the event that tells of its claim."""
    took = []
    async with _jetstream(where) as jetstream, httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
        claims = await jetstream.subscribe(ClaimCreatedV1.subject(), stream=ClaimCreatedV1.stream())
        for quote_id in quotes:
            began = time.perf_counter()
            (await http.post(f"{url}/quotes/{quote_id}/approve")).raise_for_status()
            told = await claims.next_msg(timeout=30)
            took.append(time.perf_counter() - began)
            if orjson.loads(told.data)["data"]["quoteId"] != str(quote_id):
                raise RuntimeError("a claim of another quote was drafted")
    return took[_WARM_UP:]


async def _bare(cases: Stage, billing: Stage) -> list[float]:
    """Seconds for a durable insert, a publish, another insert by who hears of it, a publish, and hearing of that."""
    took = []
    first, second = await asyncpg.connect(cases.admin_url), await asyncpg.connect(billing.admin_url)
    for connection in (first, second):
        await connection.execute("CREATE TABLE bare (id uuid PRIMARY KEY)")
    async with _jetstream(cases) as jetstream:
        hops = [
            (connection, await jetstream.subscribe(subject, stream="DEVICES"), subject)
            for connection, subject in ((first, "axtech.devices.approved"), (second, "axtech.devices.drafted"))
        ]
        for _ in range(_APPROVALS):
            began = time.perf_counter()
            for connection, events, subject in hops:
                await connection.execute("INSERT INTO bare VALUES ($1)", new_id())
                await jetstream.publish(subject, b"{}")
                await events.next_msg(timeout=30)
            took.append(time.perf_counter() - began)
    for connection in (first, second):
        await connection.execute("DROP TABLE bare")
        await connection.close()
    return took[_WARM_UP:]
