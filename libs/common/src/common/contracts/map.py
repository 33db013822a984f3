"""The map: which service reacts to what, which queues exist, what runs when. The broker is laid out from these tables.

NATS permissions, `docs/events.md` and the services' AsyncAPI documents are generated from them too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from common.contracts import billing, cases, devices, documents, identity, notifications
from common.contracts.audit import AUDIT_OF
from common.events.contract import CaseEvent, Contract, Event
from common.events.retry import RetryPolicy

SERVICES = ("identity", "cases", "billing", "devices", "notifications", "documents")


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A durable of one service: the events it handles, exactly once in effect.

    `latest_only` skips an event older than the aggregate version already seen; right for projections of a state.
    """

    service: str
    purpose: str
    events: tuple[type[Event], ...]
    latest_only: bool = False
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    batch: int = 100
    ack_wait: float = 60.0

    @property
    def durable(self) -> str:
        return f"{self.service}-{self.purpose}"

    def streams(self) -> dict[str, tuple[str, ...]]:
        """The subjects it reads, by stream."""
        found: dict[str, list[str]] = {}
        for event in self.events:
            found.setdefault(event.stream(), []).append(event.subject())
        return {stream: tuple(subjects) for stream, subjects in found.items()}


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A work queue of section 7.1: at most `concurrency` jobs at once over all replicas."""

    name: str
    service: str
    concurrency: int
    retry: RetryPolicy
    ack_wait: float = 30.0

    @property
    def durable(self) -> str:
        return f"{self.service}-jobs"

    @property
    def subjects(self) -> tuple[str, ...]:
        return (f"axtech.jobs.{self.name}.*",)


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """A scheduled job of section 7.2; `every` is a JetStream schedule expression.

    `zone` is the time zone an expression of times of day is in, whatever the clocks do there; UTC where there is none.
    """

    service: str
    job: str
    every: str
    describes: str
    zone: str | None = None

    @property
    def durable(self) -> str:
        return f"{self.service}-ticks"


def _events(base: type[Event]) -> Iterator[type[Event]]:
    for contract in Contract.registry.values():
        if issubclass(contract, base):
            yield contract


DOCUMENTS_ABOUT_CASES: tuple[type[Event], ...] = (
    documents.DocumentCleanV1,
    documents.DocumentInfectedV1,
    documents.DocumentGeneratedV1,
    documents.DocumentDeletedV1,
)

CLAIM_PROGRESS: tuple[type[Event], ...] = (
    billing.ClaimCreatedV1,
    billing.ClaimSubmittedV1,
    billing.ClaimResubmittedV1,
    billing.ClaimPendingV1,
    billing.ClaimAcceptedV1,
    billing.ClaimRejectedV1,
    billing.ClaimPartiallyPaidV1,
    billing.ClaimPaidV1,
    billing.ClaimCancelledV1,
)

CONSENTS: tuple[type[Event], ...] = (identity.ConsentGivenV1, identity.ConsentWithdrawnV1)

CONSUMERS: tuple[ConsumerSpec, ...] = (
    ConsumerSpec("identity", "audit", tuple(AUDIT_OF.values())),
    ConsumerSpec("identity", "relations", (cases.PrescriptionSubmittedV1, devices.TicketAssignedV1)),
    ConsumerSpec("cases", "documents", DOCUMENTS_ABOUT_CASES),
    ConsumerSpec("cases", "claims", CLAIM_PROGRESS),
    ConsumerSpec("cases", "devices", (devices.ContractActivatedV1, devices.TicketAssignedV1)),
    ConsumerSpec("cases", "emergencies", (identity.BreakGlassGrantedV1,)),
    ConsumerSpec("cases", "consents", CONSENTS),
    ConsumerSpec("cases", "calls", (notifications.CallRequestedV1,)),
    ConsumerSpec("cases", "erasures", (identity.PatientErasedV1,)),
    ConsumerSpec(
        "cases",
        "timeline",
        (
            *_events(CaseEvent),
            *_events(cases.PrescriptionEvent),
            *DOCUMENTS_ABOUT_CASES,
            *_events(notifications.NotificationEvent),
        ),
    ),
    ConsumerSpec(
        "documents",
        "access",
        (
            identity.BreakGlassGrantedV1,
            cases.CaseOpenedV1,
            cases.PrescriptionSubmittedV1,
            devices.TicketAssignedV1,
            devices.ContractActivatedV1,
            devices.ContractRenewalDueV1,
        ),
    ),
    ConsumerSpec("documents", "quotes", (cases.QuoteSentV1,)),
    ConsumerSpec("documents", "deliveries", (cases.CaseDeliveryScheduledV1,)),
    ConsumerSpec("documents", "consents", CONSENTS),
    ConsumerSpec("documents", "erasures", (identity.PatientErasedV1,)),
    ConsumerSpec("billing", "quotes", (cases.QuoteApprovedV1,)),
    ConsumerSpec("billing", "documents", (documents.DocumentCleanV1, documents.DocumentGeneratedV1)),
    ConsumerSpec("billing", "cases", (cases.CaseStatusChangedV1,)),
    ConsumerSpec("billing", "consents", CONSENTS),
    ConsumerSpec("billing", "erasures", (identity.PatientErasedV1,)),
    ConsumerSpec("devices", "deliveries", (cases.CaseDeliveredV1,)),
    ConsumerSpec("devices", "emergencies", (identity.BreakGlassGrantedV1,)),
    ConsumerSpec("devices", "consents", CONSENTS),
    ConsumerSpec("devices", "erasures", (identity.PatientErasedV1,)),
    ConsumerSpec("devices", "cases", (cases.CaseOpenedV1, cases.CaseStatusChangedV1), latest_only=True),
    ConsumerSpec(
        "notifications",
        "messages",
        (
            identity.UserLinkRequestedV1,
            identity.UserAddressReusedV1,
            identity.UserPhoneCodeRequestedV1,
            identity.BreakGlassGrantedV1,
            cases.CaseOpenedV1,
            cases.CaseStatusChangedV1,
            cases.CaseOverdueV1,
            cases.CaseClaimMissingV1,
            cases.PrescriptionVerifiedV1,
            cases.PrescriptionRejectedV1,
            cases.QuoteSentV1,
            cases.QuoteApprovedV1,
            cases.CaseDeliveryScheduledV1,
            cases.CaseDeliveredV1,
            documents.DocumentInfectedV1,
            billing.ClaimSubmittedV1,
            billing.ClaimAcceptedV1,
            billing.ClaimRejectedV1,
            billing.ClaimPartiallyPaidV1,
            billing.ClaimPaidV1,
            billing.GatewayFailingV1,
            devices.ContractActivatedV1,
            devices.ContractRenewalDueV1,
            devices.ContractServiceDueV1,
            devices.ContractExpiredV1,
            devices.ContractBudgetLowV1,
            devices.ConversationEscalatedV1,
            devices.TicketOpenedV1,
            devices.TicketSafetyReportedV1,
            devices.TicketResolvedV1,
            devices.VisitScheduledV1,
            devices.VisitDepartedV1,
            devices.VisitCompletedV1,
            notifications.AddressUnusableV1,
            notifications.CallRequestedV1,
        ),
    ),
    ConsumerSpec("notifications", "erasures", (identity.PatientErasedV1,)),
)

QUEUES: tuple[QueueSpec, ...] = (
    QueueSpec("documents", "documents", 5, RetryPolicy(attempts=4, first_delay=2.0, factor=4.0), ack_wait=60.0),
    QueueSpec("notifications", "notifications", 10, RetryPolicy(attempts=6, first_delay=2.0, factor=4.0)),
    QueueSpec("billing", "billing", 2, RetryPolicy(attempts=4, first_delay=2.0, factor=4.0), ack_wait=60.0),
    QueueSpec("maintenance", "devices", 3, RetryPolicy(attempts=3, first_delay=2.0, factor=4.0), ack_wait=60.0),
    QueueSpec("cases", "cases", 1, RetryPolicy(attempts=3, first_delay=2.0, factor=4.0), ack_wait=120.0),
    # Revocations: given up only when the broker itself has been refusing them for hours.
    QueueSpec("identity", "identity", 4, RetryPolicy(attempts=200, first_delay=0.2, longest_delay=60.0)),
)

SCHEDULES: tuple[ScheduleSpec, ...] = (
    ScheduleSpec("identity", "expire-proxies", "0 * * * * *", "End proxies whose validity is over"),
    ScheduleSpec("identity", "consent-cleanup", "0 40 3 * * 1", "Mark consents that have run out"),
    ScheduleSpec("identity", "housekeeping", "0 20 3 * * *", "Make the audit log's next partitions, drop spent tokens"),
    ScheduleSpec("notifications", "send-held", "0 * * * * *", "Send what waited for the morning or for a digest"),
    ScheduleSpec("notifications", "forget-reports", "0 40 3 * * *", "Drop providers' reports too old to be replayed"),
    ScheduleSpec(
        "devices", "maintenance-reminders", "0 0 9 * * *", "Check upcoming maintenance dates", zone="Europe/Paris"
    ),
    ScheduleSpec("devices", "danger-left-open", "15 * * * * *", "Hand over chats that left open if there is danger"),
    ScheduleSpec("documents", "pending-scans", "0 */5 * * * *", "Queue scans again that were given up"),
    ScheduleSpec(
        "documents", "clear-out", "0 10 * * * *", "Remove uploads that never came and content deleted a while ago"
    ),
    ScheduleSpec("documents", "retention", "0 50 3 * * *", "Delete documents that no duty keeps any longer"),
    ScheduleSpec("cases", "sla-violation-alerts", "0 0 * * * *", "Tell of cases whose deadline has passed"),
    ScheduleSpec("cases", "claim-missing-alerts", "30 * * * * *", "Tell of approved quotes that have no claim"),
    ScheduleSpec("billing", "claim-status-sync", "0 */15 * * * *", "Sync claim statuses from the billing gateway"),
    ScheduleSpec("billing", "return-file-ingestion", "0 */30 * * * *", "Take in the return files that have come"),
    ScheduleSpec("billing", "daily-reconciliation", "0 30 5 * * *", "Hold what was claimed against what was paid"),
)


def consumer(service: str, purpose: str) -> ConsumerSpec:
    """The entry of the map; KeyError-like ValueError when the map has none."""
    for spec in CONSUMERS:
        if (spec.service, spec.purpose) == (service, purpose):
            return spec
    raise ValueError(f"the map has no consumer {service}-{purpose}")


def queue(name: str) -> QueueSpec:
    """The queue of that name."""
    for spec in QUEUES:
        if spec.name == name:
            return spec
    raise ValueError(f"the map has no queue {name}")
