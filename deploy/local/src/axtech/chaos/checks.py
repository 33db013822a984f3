"""Whether what clients were told is true, once, in every service."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import nats

from axtech.chaos.journeys import Journey
from axtech.chaos.platform import Platform
from axtech.verify.findings import Finding, Window
from axtech.verify.run import verify
from axtech.verify.sources import open_databases

_ONCE: tuple[tuple[str, str, str], ...] = (
    ("account", "identity", "SELECT count(*) FROM patient_profiles WHERE id = $1 -- {patient}"),
    ("prescription", "cases", "SELECT count(*) FROM prescriptions WHERE patient_id = $1 -- {patient}"),
    ("case", "cases", "SELECT count(*) FROM cases WHERE patient_id = $1 -- {patient}"),
    ("quote", "cases", "SELECT count(*) FROM quotes WHERE case_id = $1 -- {case}"),
    ("delivery", "cases", "SELECT count(*) FROM delivered_devices WHERE case_id = $1 -- {case}"),
    ("claim", "billing", "SELECT count(*) FROM claims WHERE case_id = $1 -- {case}"),
    (
        "payment",
        "billing",
        "SELECT count(*) FROM payments p JOIN claims c ON c.id = p.claim_id WHERE c.case_id = $1 -- {case}",
    ),
    ("device", "devices", "SELECT count(*) FROM device_instances WHERE case_id = $1 -- {case}"),
    (
        "contract",
        "devices",
        "SELECT count(*) FROM maintenance_contracts m JOIN device_instances d ON d.id = m.device_id "
        "WHERE d.case_id = $1 -- {case}",
    ),
    (
        "ticket",
        "devices",
        "SELECT count(*) FROM service_tickets t JOIN device_instances d ON d.id = t.device_id "
        "WHERE d.case_id = $1 -- {case}",
    ),
    ("visit", "devices", "SELECT count(*) FROM technician_visits WHERE ticket_id = $1 -- {ticket}"),
    ("part", "devices", "SELECT count(*) FROM part_usages WHERE ticket_id = $1 -- {ticket}"),
    ("quote's PDF", "documents", "SELECT count(*) FROM documents WHERE quote_id = $1 -- {quote}"),
    ("note to sign", "documents", "SELECT count(*) FROM documents WHERE delivery_of = $1 -- {case}"),
)
"""What each journey must have led to exactly once: what, where, and how many there are."""

_MOVES = "SELECT to_status FROM case_transitions WHERE case_id = $1 ORDER BY id"
_TIMELINE = "SELECT id, type FROM timeline_entries WHERE case_id = $1 OR prescription_id = $2"
_LEDGER = (
    "SELECT coalesce(sum(p.amount), 0) AS paid FROM payments p JOIN claims c ON c.id = p.claim_id WHERE c.case_id = $1"
)
_UPLOADS = (
    "SELECT id FROM documents WHERE patient_id = $1 AND quote_id IS NULL AND delivery_of IS NULL "
    "AND uploaded_at IS NOT NULL"
)
_SETTLED = {
    "case.opened": 1,
    "prescription.submitted": 1,
    "prescription.verified": 1,
    "quote.created": 1,
    "quote.sent": 1,
    "quote.approved": 1,
    "claim.created": 1,
    "claim.submitted": 1,
    "claim.accepted": 1,
    "claim.paid": 1,
    "payment.received": 1,
    "case.delivered": 1,
    "device.registered": 1,
    "contract.activated": 1,
    "ticket.opened": 1,
    "ticket.resolved": 1,
    "visit.completed": 1,
}
"""Events of the timeline that happen once in a file."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something a client was told that is not there, or is there more than once."""

    journey: str
    what: str
    found: int

    @property
    def lost(self) -> bool:
        return self.found < 1


async def wrongs(platform: Platform, journeys: list[Journey]) -> list[Wrong]:
    """All of them, of journeys that came to their end; one that did not counts as lost itself."""
    found = [Wrong(journey.tag, journey.failure, 0) for journey in journeys if journey.failure is not None]
    for journey in journeys:
        if journey.failure is None:
            found += await _wrong_in(platform, journey)
    return found + await _doubled_at_gateway(platform)


async def _wrong_in(platform: Platform, journey: Journey) -> list[Wrong]:
    facts = journey.facts
    ids = {
        "patient": facts.patient_id,
        "case": facts.case_id,
        "quote": facts.quote_id,
        "ticket": facts.ticket["id"],
    }
    counts = {what: await _count(platform, service, query, ids) for what, service, query in _ONCE}
    entries = await platform.fetch("cases", _TIMELINE, facts.case_id, facts.prescription_id)
    kinds = Counter(entry["type"] for entry in entries)
    counts |= {f"{kind} in the timeline": kinds[kind] for kind in _SETTLED}
    known = {str(entry["id"]) for entry in entries}
    counts |= {
        f"{item['type']} that the patient saw in the timeline": int(str(item["id"]) in known) for item in facts.timeline
    }
    moves = [move["to_status"] for move in await platform.fetch("cases", _MOVES, facts.case_id)]
    counts |= {f"move of the case to {status}": number for status, number in Counter(moves).items()}
    uploads = {str(row["id"]) for row in await platform.fetch("documents", _UPLOADS, facts.patient_id)}
    counts |= {f"document {told}": int(told in uploads) for told in journey.uploaded}
    if extra := uploads - set(journey.uploaded):
        counts[f"documents nobody was told of: {', '.join(sorted(extra))}"] = 1 + len(extra)
    paid = (await platform.fetch("billing", _LEDGER, facts.case_id))[0]["paid"]
    told = Decimal(facts.claim["totalAmount"])
    if paid != told:
        counts[f"{told} € paid, the ledger has {paid} €"] = 0 if paid < told else 2
    return [Wrong(journey.tag, what, number) for what, number in counts.items() if number != 1]


async def _count(platform: Platform, service: str, query: str, ids: Mapping[str, str]) -> int:
    """The number of a query whose comment names the id it asks for."""
    statement, name = query.split(" -- ")
    rows = await platform.fetch(service, statement, ids[name.strip("{}")])
    return int(rows[0][0])


async def _doubled_at_gateway(platform: Platform) -> list[Wrong]:
    """Claims that the billing gateway got as two."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{platform.places.url('billing_gateway')}/control/received")
        received = answer.raise_for_status().json()
    doubled = [*received["doubledReferences"], *received["doubledInvoices"]]
    return [Wrong("", f"claim {reference} at the billing gateway", 2) for reference in doubled]


async def disagreements(platform: Platform, since: datetime) -> list[Finding]:
    """What `axtech verify` finds, at once and without any grace."""
    now = datetime.now(UTC)
    window = Window.until(now, since=since, grace=timedelta(0), patience=timedelta(0))
    urls = {
        service: platform.places.database_url(service, "runtime") for service in platform.places.secrets.service_keys
    }
    client = await nats.connect(platform.places.nats_url("operator"), connect_timeout=5, max_reconnect_attempts=3)
    try:
        async with open_databases(urls) as databases:
            return await verify(databases, client, window)
    finally:
        await client.close()
