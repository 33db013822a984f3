"""The steps of one wheelchair file, each done through the gateway and seen done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from axtech.demo import chair, file, reimbursement
from axtech.demo.api import seen
from axtech.demo.cast import Cast, Happened


@dataclass(frozen=True)
class Step:
    """One step: what it is called, who acts, and what does it."""

    title: str
    who: str
    run: Callable[[Cast], Awaitable[Happened]]


async def look_back(cast: Cast) -> Happened:
    wanted = {"case.opened", "quote.approved", "claim.paid", "case.delivered", "contract.activated", "ticket.resolved"}
    cast.facts.timeline = await seen(
        cast.timeline,
        lambda items: wanted <= {item["type"] for item in items},
        what="the whole timeline",
    )
    cast.facts.messages = await seen(
        cast.messages,
        lambda found: any("TK-" in f"{message['subject']} {message['text']}" for message in found),
        what="the mail about the repair",
    )
    checked = await seen(
        lambda: cast.compliance.get("/audit-events/verify"), lambda log: log["valid"], what="an intact audit log"
    )
    services = sorted({item["service"] for item in cast.facts.timeline})
    return [
        f"{len(cast.facts.timeline)} events of {', '.join(services)} in the case's timeline",
        f"{len(cast.facts.messages)} messages to the patient",
        f"audit log of {checked['checked']} entries, hash chain intact",
    ]


STORY: tuple[Step, ...] = (
    Step("Register", "patient", file.register),
    Step("Verify the address by the link in the mail, log in", "patient", file.verify),
    Step("Staff log in with a second factor", "staff", file.staff_log_in),
    Step("Upload the papers, each scanned for malware", "patient", file.upload_papers),
    Step("Submit the prescription; it is verified", "patient, OPS", file.prescribe),
    Step("Open the case", "patient", file.open_case),
    Step("Review the case until a quote is due", "OPS", file.review),
    Step("Draft the quote and send it; the PDF is made", "OPS", file.quote),
    Step("Approve the quote; a claim is drafted", "patient", reimbursement.approve),
    Step("Submit the claim through the billing gateway", "BILLING", reimbursement.submit_claim),
    Step("Ingest the insurer's NOEMIE return; the claim is paid", "BILLING", reimbursement.ingest_return),
    Step("Deliver the chair with serial number and proof", "OPS", chair.deliver),
    Step("See the device and its maintenance contract appear", "patient", chair.see_device),
    Step("Report a fault, have a technician's visit scheduled", "patient, OPS", chair.report_fault),
    Step("Repair the chair; the ticket is resolved", "TECHNICIAN", chair.repair),
    Step("Find every step in timeline, mails and audit log", "everybody", look_back),
)
"""The whole of it, in order."""


async def play(cast: Cast, *, after: str | None = None, until: str | None = None) -> None:
    """Run the steps after the one whose function is called `after`, up to and with the one called `until`."""
    names = [step.run.__name__ for step in STORY]
    first = names.index(after) + 1 if after else 0
    last = names.index(until) + 1 if until else len(names)
    for step in STORY[first:last]:
        await step.run(cast)
