"""What must hold between services, and inside one: each rule a cause, and the effect it must have had.

`cause` gives `key` and `expected` of what happened between $1 and $2; `effect`, asked in pages, gives `key` and `value`
of those keys that have theirs. A key without, or with another value than expected, is a finding.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from axtech.verify.findings import Finding, Window
from axtech.verify.sources import Databases

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Rule:
    """A cause in one service and its effect in another."""

    kind: str
    cause_in: str
    cause: str
    effect_in: str
    effect: str
    missing: str
    """What a finding says; `{expected}` and `{value}` are filled in."""

    async def check(self, databases: Databases, window: Window) -> AsyncIterator[Finding]:
        """The findings of this rule."""
        async for page in _pages(databases[self.cause_in], self.cause, window.since, window.before):
            expected = {row["key"]: row["expected"] for row in page}
            rows = await databases[self.effect_in].fetch(self.effect, list(expected))
            for finding in self._compare(expected, {row["key"]: row["value"] for row in rows}):
                yield finding

    def _compare(self, expected: Mapping[str, str | None], found: Mapping[str, str | None]) -> Iterator[Finding]:
        for key, value in expected.items():
            if key not in found or (value is not None and found[key] != value):
                says = self.missing.format(expected=value, value=found.get(key, "nothing"))
                yield Finding(self.kind, self.effect_in, key, says)


@dataclass(frozen=True, slots=True)
class Look:
    """What must not be in one service: `wrong` gives `key` and `detail` of what is. $1, $2 as above, or $3 `stuck`."""

    kind: str
    service: str
    wrong: str
    says: str

    async def check(self, databases: Databases, window: Window) -> AsyncIterator[Finding]:
        """The findings of this look."""
        moments = (window.since, window.stuck if self.kind.startswith("stuck-") else window.before)
        async for page in _pages(databases[self.service], self.wrong, *moments):
            for row in page:
                yield Finding(self.kind, self.service, row["key"], self.says.format(detail=row["detail"]))


async def _pages(
    connection: asyncpg.Connection, query: str, since: datetime, before: datetime
) -> AsyncIterator[Sequence[asyncpg.Record]]:
    """The rows of a query, read through a cursor of one snapshot."""
    async with connection.transaction(readonly=True):
        cursor = await connection.cursor(query, since, before)
        while page := await cursor.fetch(_PAGE):
            yield page


RULES: tuple[Rule, ...] = (
    Rule(
        "quote-without-claim",
        "cases",
        "SELECT q.id::text AS key, c.id::text AS expected FROM quotes q JOIN cases c ON c.id = q.case_id "
        "WHERE q.status = 'APPROVED' AND c.status <> 'CANCELLED' AND q.approved_at >= $1 AND q.approved_at < $2",
        "billing",
        "SELECT quote_id::text AS key, case_id::text AS value FROM claims WHERE quote_id = ANY($1::text[]::uuid[])",
        "the approved quote of case {expected} has no claim",
    ),
    Rule(
        "claim-without-quote",
        "billing",
        "SELECT quote_id::text AS key, case_id::text AS expected FROM claims "
        "WHERE created_at >= $1 AND created_at < $2",
        "cases",
        "SELECT id::text AS key, case_id::text AS value FROM quotes WHERE id = ANY($1::text[]::uuid[]) "
        "AND approved_at IS NOT NULL",
        "there is a claim for it, but case {expected} has no such approved quote",
    ),
    Rule(
        "claim-unknown-to-case",
        "billing",
        "SELECT id::text AS key, status AS expected FROM claims WHERE updated_at >= $1 AND updated_at < $2",
        "cases",
        "SELECT claim_id::text AS key, status AS value FROM case_claims WHERE claim_id = ANY($1::text[]::uuid[])",
        "the claim is {expected}; its case knows {value}",
    ),
    Rule(
        "delivery-without-device",
        "cases",
        "SELECT serial_number AS key, case_id::text AS expected FROM delivered_devices "
        "WHERE created_at >= $1 AND created_at < $2",
        "devices",
        "SELECT serial_number AS key, case_id::text AS value FROM device_instances WHERE serial_number = ANY($1)",
        "delivered for case {expected}; the device is registered for {value}",
    ),
    Rule(
        "delivery-without-contract",
        "cases",
        "SELECT serial_number AS key, NULL::text AS expected FROM delivered_devices "
        "WHERE contract_type IS NOT NULL AND created_at >= $1 AND created_at < $2",
        "devices",
        "SELECT d.serial_number AS key, m.id::text AS value FROM device_instances d "
        "JOIN maintenance_contracts m ON m.device_id = d.id WHERE d.serial_number = ANY($1)",
        "delivered with maintenance, and has no contract",
    ),
    Rule(
        "device-without-delivery",
        "devices",
        "SELECT serial_number AS key, case_id::text AS expected FROM device_instances "
        "WHERE created_at >= $1 AND created_at < $2",
        "cases",
        "SELECT serial_number AS key, case_id::text AS value FROM delivered_devices WHERE serial_number = ANY($1)",
        "a device of case {expected}, which has no such delivery",
    ),
    Rule(
        "case-unknown-to-devices",
        "cases",
        "SELECT id::text AS key, status AS expected FROM cases WHERE updated_at >= $1 AND updated_at < $2",
        "devices",
        "SELECT case_id::text AS key, status AS value FROM known_cases WHERE case_id = ANY($1::text[]::uuid[])",
        "the case is {expected}; devices knows {value}",
    ),
    Rule(
        "case-unknown-to-documents",
        "cases",
        "SELECT id::text AS key, patient_id::text AS expected FROM cases WHERE created_at >= $1 AND created_at < $2",
        "documents",
        "SELECT case_id::text AS key, patient_id::text AS value FROM known_cases "
        "WHERE case_id = ANY($1::text[]::uuid[])",
        "documents does not know the case: its papers cannot be read by those who may",
    ),
    Rule(
        "document-unknown-to-cases",
        "documents",
        "SELECT id::text AS key, scan_status AS expected FROM documents WHERE scan_status <> 'PENDING' "
        "AND deleted_at IS NULL AND (patient_id IS NOT NULL OR case_id IS NOT NULL) "
        "AND scan_completed_at >= $1 AND scan_completed_at < $2",
        "cases",
        "SELECT document_id::text AS key, state AS value FROM known_documents "
        "WHERE document_id = ANY($1::text[]::uuid[])",
        "the document is {expected}; cases knows {value}",
    ),
    Rule(
        "quote-without-document",
        "cases",
        "SELECT id::text AS key, NULL::text AS expected FROM quotes WHERE sent_at >= $1 AND sent_at < $2",
        "documents",
        "SELECT quote_id::text AS key, id::text AS value FROM documents WHERE quote_id = ANY($1::text[]::uuid[])",
        "the quote was sent and has no PDF",
    ),
)

LOOKS: tuple[Look, ...] = (
    Look(
        "case-behind-claim",
        "cases",
        "SELECT c.id::text AS key, l.status || ', the case ' || c.status AS detail FROM case_claims l "
        "JOIN cases c ON c.id = l.case_id JOIN quotes q ON q.id = l.quote_id AND q.status = 'APPROVED' "
        "WHERE c.updated_at >= $1 AND c.updated_at < $2 AND ("
        "l.status IN ('SUBMITTED', 'RESUBMITTED', 'PENDING') AND c.status = 'READY_TO_SUBMIT' "
        "OR l.status IN ('ACCEPTED', 'PARTIAL_PAYMENT', 'PAID') "
        "AND c.status IN ('READY_TO_SUBMIT', 'SUBMITTED_TO_CPAM', 'CPAM_PENDING'))",
        "the claim is {detail}",
    ),
    Look(
        "payments-differ",
        "billing",
        "SELECT c.id::text AS key, coalesce(c.paid_amount, 0) || ' on the claim, ' || coalesce(p.paid, 0) AS detail "
        "FROM claims c LEFT JOIN (SELECT claim_id, sum(amount) AS paid FROM payments GROUP BY claim_id) p "
        "ON p.claim_id = c.id WHERE c.updated_at >= $1 AND c.updated_at < $2 "
        "AND coalesce(c.paid_amount, 0) <> coalesce(p.paid, 0)",
        "paid: {detail} in its payments",
    ),
    Look(
        "claim-state-differs",
        "billing",
        "SELECT id::text AS key, status || ' with ' || coalesce(paid_amount, 0) || ' of ' || total_amount AS detail "
        "FROM claims WHERE updated_at >= $1 AND updated_at < $2 AND ("
        "(status = 'PAID') <> (coalesce(paid_amount, 0) > 0 AND paid_amount >= total_amount) "
        "OR (status = 'PARTIAL_PAYMENT') <> (coalesce(paid_amount, 0) > 0 AND paid_amount < total_amount))",
        "the claim is {detail} paid",
    ),
    Look(
        "quote-not-linked",
        "cases",
        "SELECT id::text AS key, quote_number AS detail FROM quotes "
        "WHERE pdf_document_id IS NULL AND sent_at >= $1 AND sent_at < $2",
        "{detail} does not know its PDF",
    ),
    Look(
        "stuck-scan",
        "documents",
        "SELECT id::text AS key, uploaded_at::text AS detail FROM documents WHERE scan_status = 'PENDING' "
        "AND deleted_at IS NULL AND uploaded_at >= $1 AND uploaded_at < $2",
        "uploaded at {detail} and not scanned yet",
    ),
    Look(
        "stuck-submission",
        "billing",
        "SELECT id::text AS key, submission_queued_at::text AS detail FROM claims "
        "WHERE submission_queued_at >= $1 AND submission_queued_at < $2",
        "to be submitted since {detail}",
    ),
    Look(
        "stuck-return",
        "billing",
        "SELECT id::text AS key, status AS detail FROM return_files WHERE status IN ('RECEIVED', 'PROCESSING') "
        "AND received_at >= $1 AND received_at < $2",
        "the return is {detail} still",
    ),
    Look(
        "stuck-notification",
        "notifications",
        "SELECT id::text AS key, template_id AS detail FROM notifications "
        "WHERE status = 'PENDING' AND held_until IS NULL AND updated_at >= $1 AND updated_at < $2",
        "{detail} is not sent yet",
    ),
)
