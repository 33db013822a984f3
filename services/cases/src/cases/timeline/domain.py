"""How events read in a timeline."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

SUMMARIES: dict[str, str] = {
    "prescription.submitted": "Prescription submitted",
    "prescription.verified": "Prescription verified",
    "prescription.rejected": "Prescription rejected",
    "case.opened": "Case {caseNumber} opened",
    "case.status-changed": "Status changed from {fromStatus} to {toStatus}",
    "case.assigned": "Case assigned",
    "case.delivery-scheduled": "Delivery scheduled for {scheduledAt}",
    "case.delivered": "Devices delivered",
    "case.overdue": "Overdue in {status} since {slaDeadline}",
    "case.claim-missing": "No claim of the approved quote, due at {claimDue}",
    "quote.created": "Quote {quoteNumber} drafted (version {quoteVersion})",
    "quote.sent": "Quote {quoteNumber} sent for approval: {totalAmount} EUR",
    "quote.approved": "Quote {quoteNumber} approved",
    "quote.rejected": "Quote {quoteNumber} rejected",
    "quote.superseded": "Quote {quoteNumber} superseded",
    "document.clean": "Document received and found clean: {documentType}",
    "document.infected": "Document found infected: {documentType}",
    "document.generated": "Document generated: {documentType}",
    "document.deleted": "Document deleted: {documentType}",
    "claim.created": "Claim {claimNumber} drafted: {totalAmount} EUR",
    "claim.submitted": "Claim {claimNumber} submitted",
    "claim.resubmitted": "Claim {claimNumber} submitted again",
    "claim.pending": "Claim {claimNumber} in treatment",
    "claim.accepted": "Claim {claimNumber} accepted",
    "claim.rejected": "Claim {claimNumber} rejected",
    "claim.partially-paid": "Claim {claimNumber} partly paid: {paidAmount} EUR",
    "claim.paid": "Claim {claimNumber} paid: {paidAmount} EUR",
    "claim.cancelled": "Claim {claimNumber} cancelled",
    "payment.received": "Payment received: {amount} EUR",
    "device.registered": "Device registered",
    "contract.activated": "Maintenance contract activated, to be renewed on {renewalDate}",
    "contract.renewal-due": "Maintenance contract due for renewal on {renewalDate}",
    "contract.budget-low": "Maintenance budget nearly used up",
    "ticket.opened": "Ticket {ticketNumber} opened ({severity})",
    "ticket.safety-reported": "Ticket {ticketNumber} reports a safety issue",
    "ticket.assigned": "Ticket {ticketNumber} assigned to a technician",
    "ticket.resolved": "Ticket {ticketNumber} resolved",
    "visit.scheduled": "Visit for ticket {ticketNumber} scheduled for {scheduledAt}",
    "visit.departed": "Technician on the way for ticket {ticketNumber}",
    "visit.completed": "Visit for ticket {ticketNumber}: {outcome}",
    "notification.sent": "Notification sent by {channel}",
    "notification.delivered": "Notification delivered by {channel}",
    "notification.failed": "Notification by {channel} failed",
    "notification.bounced": "Notification by {channel} came back",
}
"""By event name; the fields are those of the event's data."""


MAX_SUMMARY = 500


def summary(name: str, data: Mapping[str, Any]) -> str:
    """One line about an event. An event nobody has words for yet is called by its name."""
    return Formatter().vformat(SUMMARIES.get(name, name), (), data)[:MAX_SUMMARY]
