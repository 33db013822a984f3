"""What the gateway keeps: claims, submissions, documents, payments and return files, in SQLite."""

import hashlib
import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from common.clock import now
from common.ids import new_id

from axtech.simulators.billing_gateway.outcomes import Step, at
from axtech.simulators.billing_gateway.schemas import (
    AttachedDocument,
    Claim,
    ClaimRejection,
    ClaimSubmission,
    DocumentReceipt,
    DocumentRecord,
    Payment,
    ReturnFile,
    SubmissionRecord,
)
from axtech.simulators.sqlite import Database

SCHEMA = """
CREATE TABLE IF NOT EXISTS claims (
  gateway_ref TEXT PRIMARY KEY, reference TEXT NOT NULL, invoice_number TEXT NOT NULL, body_sha256 TEXT NOT NULL,
  package TEXT NOT NULL, cents INTEGER NOT NULL, received_at REAL NOT NULL, steps TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS claims_reference ON claims (reference);
CREATE INDEX IF NOT EXISTS claims_invoice_number ON claims (invoice_number);
CREATE TABLE IF NOT EXISTS submissions (
  id INTEGER PRIMARY KEY, received_at REAL NOT NULL, reference TEXT NOT NULL, invoice_number TEXT NOT NULL,
  gateway_ref TEXT, answer INTEGER NOT NULL, fault TEXT);
CREATE TABLE IF NOT EXISTS documents (
  id TEXT PRIMARY KEY, gateway_ref TEXT NOT NULL, role TEXT NOT NULL, content_type TEXT NOT NULL,
  sha256 TEXT NOT NULL, size INTEGER NOT NULL, received_at REAL NOT NULL, UNIQUE (gateway_ref, role, sha256));
CREATE TABLE IF NOT EXISTS returns (
  id TEXT PRIMARY KEY, file_name TEXT NOT NULL, created_at REAL NOT NULL, sha256 TEXT NOT NULL,
  invoices INTEGER NOT NULL, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS payments (
  id TEXT PRIMARY KEY, gateway_ref TEXT NOT NULL, cents INTEGER NOT NULL, paid_on TEXT NOT NULL, payer TEXT NOT NULL,
  return_id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS payments_claim ON payments (gateway_ref);
"""
TABLES = ("claims", "submissions", "documents", "returns", "payments")


class ReferenceReusedError(Exception):
    """The reference belongs to another claim."""


@dataclass(frozen=True, slots=True)
class NewPayment:
    """What a return file pays on a claim of ours, in euros, signed."""

    gateway_ref: str
    amount: Decimal
    payer: str


class Store:
    """Every call takes the database's lock; call it from worker threads."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder / "billing-gateway.sqlite", SCHEMA)

    def submit(
        self, submission: ClaimSubmission, steps: list[Step], *, fault: str | None, again: bool
    ) -> tuple[Claim, bool]:
        """Take a claim once: the claim, and whether it is new. `again` takes a known reference as a new claim."""
        package = submission.model_dump(mode="json", by_alias=True)
        digest = hashlib.sha256(json.dumps(package, sort_keys=True).encode()).hexdigest()
        for document in package["attachedDocuments"]:
            del document["content"]  # kept as size and hash only
        with self.database.transaction() as connection:
            known = connection.execute(
                "SELECT * FROM claims WHERE reference = ? ORDER BY rowid LIMIT 1", (submission.reference,)
            ).fetchone()
            if known is not None and not again:
                same = known["body_sha256"] == digest
                _log(connection, submission, known["gateway_ref"] if same else None, 200 if same else 409, fault)
                row = known if same else None
            else:
                reference = f"INF-{new_id()}"
                connection.execute(
                    "INSERT INTO claims VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        reference,
                        submission.reference,
                        submission.invoice_number,
                        digest,
                        json.dumps(package),
                        int(submission.amount * 100),
                        steps[0].at,
                        _dump(steps),
                    ),
                )
                _attach(connection, reference, submission.attached_documents)
                _log(connection, submission, reference, 201, fault)
                row = connection.execute("SELECT * FROM claims WHERE gateway_ref = ?", (reference,)).fetchone()
        if row is None:
            raise ReferenceReusedError
        return _claim(row), known is None or again

    def claims(self, *, reference: str | None = None, invoice_number: str | None = None) -> list[Claim]:
        """The claims of a reference or an invoice number, or all; the oldest first."""
        rows = self.database.rows(
            "SELECT * FROM claims WHERE (?1 IS NULL OR reference = ?1) AND (?2 IS NULL OR invoice_number = ?2)"
            " ORDER BY rowid",
            reference,
            invoice_number,
        )
        return [_claim(row) for row in rows]

    def claim(self, gateway_ref: str) -> Claim | None:
        rows = self.database.rows("SELECT * FROM claims WHERE gateway_ref = ?", gateway_ref)
        return _claim(rows[0]) if rows else None

    def package(self, gateway_ref: str) -> ClaimSubmission | None:
        """What was submitted, its documents without content."""
        rows = self.database.rows("SELECT package FROM claims WHERE gateway_ref = ?", gateway_ref)
        if not rows:
            return None
        return ClaimSubmission.model_validate(json.loads(rows[0]["package"]) | {"attachedDocuments": []})

    def steps(self, gateway_ref: str) -> list[Step]:
        rows = self.database.rows("SELECT steps FROM claims WHERE gateway_ref = ?", gateway_ref)
        return _load(rows[0]["steps"])

    def plan(self, gateway_ref: str, steps: list[Step]) -> None:
        """Replace the claim's states to come."""
        with self.database.transaction() as connection:
            connection.execute("UPDATE claims SET steps = ? WHERE gateway_ref = ?", (_dump(steps), gateway_ref))

    def attach(self, gateway_ref: str, documents: list[AttachedDocument]) -> list[DocumentReceipt]:
        with self.database.transaction() as connection:
            return _attach(connection, gateway_ref, documents)

    def documents(self) -> list[DocumentRecord]:
        return [
            DocumentRecord(
                gateway_ref=row["gateway_ref"],
                document_id=row["id"],
                role=row["role"],
                content_type=row["content_type"],
                sha256=row["sha256"],
                size_bytes=row["size"],
            )
            for row in self.database.rows("SELECT * FROM documents ORDER BY rowid")
        ]

    def submissions(self) -> list[SubmissionRecord]:
        return [
            SubmissionRecord(
                received_at=_moment(row["received_at"]),
                reference=row["reference"],
                invoice_number=row["invoice_number"],
                gateway_ref=row["gateway_ref"],
                answer=row["answer"],
                fault=row["fault"],
            )
            for row in self.database.rows("SELECT * FROM submissions ORDER BY id")
        ]

    def payments(self, gateway_ref: str | None = None) -> list[Payment]:
        rows = self.database.rows(
            "SELECT * FROM payments WHERE ?1 IS NULL OR gateway_ref = ?1 ORDER BY rowid", gateway_ref
        )
        return [
            Payment(
                payment_id=row["id"],
                amount=Decimal(row["cents"]).scaleb(-2),
                paid_on=date.fromisoformat(row["paid_on"]),
                payer=row["payer"],
                return_id=row["return_id"],
            )
            for row in rows
        ]

    def add_return(
        self, name: str, content: bytes, invoices: int, payments: list[NewPayment], paid_on: date
    ) -> ReturnFile:
        """Keep a return file with the payments it makes."""
        identifier = str(new_id())
        with self.database.transaction() as connection:
            digest = hashlib.sha256(content).hexdigest()
            values = (identifier, name, now().timestamp(), digest, invoices, content)
            connection.execute("INSERT INTO returns VALUES (?, ?, ?, ?, ?, ?)", values)
            connection.executemany(
                "INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (str(new_id()), each.gateway_ref, int(each.amount * 100), str(paid_on), each.payer, identifier)
                    for each in payments
                ],
            )
        return self.returns(after=None, limit=1, only=identifier)[0]

    def returns(self, *, after: str | None = None, limit: int = 200, only: str | None = None) -> list[ReturnFile]:
        """Return files made after the one named `after`, the oldest first."""
        rows = self.database.rows(
            "SELECT id, file_name, created_at, length(content) AS size, sha256, invoices FROM returns"
            " WHERE (?1 IS NULL OR rowid > (SELECT rowid FROM returns WHERE id = ?1)) AND (?3 IS NULL OR id = ?3)"
            " ORDER BY rowid LIMIT ?2",
            after,
            limit,
            only,
        )
        return [
            ReturnFile(
                id=row["id"],
                file_name=row["file_name"],
                created_at=_moment(row["created_at"]),
                size_bytes=row["size"],
                sha256=row["sha256"],
                invoice_count=row["invoices"],
            )
            for row in rows
        ]

    def return_content(self, identifier: str) -> tuple[str, bytes] | None:
        """Name and bytes of a return file."""
        rows = self.database.rows("SELECT file_name, content FROM returns WHERE id = ?", identifier)
        return (rows[0]["file_name"], rows[0]["content"]) if rows else None

    def return_count(self) -> int:
        return int(self.database.rows("SELECT count(*) AS n FROM returns")[0]["n"])

    def reset(self) -> None:
        """Forget everything."""
        with self.database.transaction() as connection:
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours


def _log(
    connection: sqlite3.Connection,
    submission: ClaimSubmission,
    gateway_ref: str | None,
    answer: int,
    fault: str | None,
) -> None:
    connection.execute(
        "INSERT INTO submissions (received_at, reference, invoice_number, gateway_ref, answer, fault)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (now().timestamp(), submission.reference, submission.invoice_number, gateway_ref, answer, fault),
    )


def _attach(
    connection: sqlite3.Connection, gateway_ref: str, documents: list[AttachedDocument]
) -> list[DocumentReceipt]:
    receipts = []
    for document in documents:
        data = document.data
        digest = hashlib.sha256(data).hexdigest()
        values = (str(new_id()), gateway_ref, document.role, document.content_type, digest, len(data))
        connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", (*values, now().timestamp())
        )
        row = connection.execute(
            "SELECT id, received_at FROM documents WHERE gateway_ref = ? AND role = ? AND sha256 = ?",
            (gateway_ref, document.role, digest),
        ).fetchone()
        receipts.append(
            DocumentReceipt(
                document_id=row["id"], role=document.role, sha256=digest, received_at=_moment(row["received_at"])
            )
        )
    return receipts


def _claim(row: sqlite3.Row) -> Claim:
    step = at(_load(row["steps"]), now().timestamp())
    rejected = step.status == "REJECTED"
    return Claim(
        gateway_ref=row["gateway_ref"],
        reference=row["reference"],
        invoice_number=row["invoice_number"],
        status=step.status,
        amount=Decimal(row["cents"]).scaleb(-2),
        received_at=_moment(row["received_at"]),
        updated_at=_moment(step.at),
        rejection=ClaimRejection(code=step.code or "R001", reason=step.reason or "") if rejected else None,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _dump(steps: list[Step]) -> str:
    return json.dumps([asdict(step) for step in steps])


def _load(steps: str) -> list[Step]:
    return [Step(**step) for step in json.loads(steps)]
