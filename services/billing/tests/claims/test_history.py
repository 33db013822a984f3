"""What has happened to a claim stays as it was told, and what was paid stays paid."""

import asyncpg
import pytest

from services.billing.tests.conftest import Billing
from services.billing.tests.returns.files import file_of, invoice


async def test_history_and_payments_cannot_be_changed(billing: Billing) -> None:
    claim = await billing.submitted()
    await billing.returned(file_of(invoice(claim["invoiceNumber"], "10.00")))
    database = billing.running.resources.database.reads
    for change in (
        "UPDATE claim_events SET reason = 'x'",
        "DELETE FROM claim_events",
        "UPDATE payments SET amount = 0",
        "DELETE FROM payments",
    ):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await database.execute(change)
    found = await billing.claim(claim["id"])
    who = [(each["eventType"], each["toStatus"], each["actorRole"]) for each in found["history"]]
    assert [each for each in who if each[0] != "DOCUMENT_ATTACHED"] == [
        ("CREATED", "DRAFT", None),
        ("SUBMISSION_QUEUED", "DRAFT", "BILLING"),
        ("STATUS_CHANGED", "SUBMITTED", "BILLING"),
        ("RETURN_RECEIVED", "SUBMITTED", "BILLING"),
        ("PAYMENT_RECEIVED", "SUBMITTED", "BILLING"),
        ("STATUS_CHANGED", "ACCEPTED", "BILLING"),
        ("STATUS_CHANGED", "PARTIAL_PAYMENT", "BILLING"),
    ]
