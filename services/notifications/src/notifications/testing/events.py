"""One example of every event that is told."""

from datetime import UTC, datetime
from uuid import UUID

from common.contracts import billing, cases, devices, documents, identity, notifications
from common.contracts.enums import (
    CaseStatus,
    Channel,
    ClaimStatus,
    ContractType,
    DocumentType,
    Escalation,
    GatewayType,
    LinkPurpose,
    Priority,
    Severity,
    VisitOutcome,
)
from common.events.contract import Event
from common.ids import new_id

MOMENT = datetime(2026, 3, 1, 13, 30, tzinfo=UTC)


def examples(who: UUID) -> dict[type[Event], Event]:
    """Each event of the table, about the patient or user `who`."""
    case = {"case_id": new_id(), "patient_id": who}
    case_number = {**case, "case_number": "AX-2026-000123"}
    prescription = {
        "prescription_id": new_id(),
        "patient_id": who,
        "document_id": new_id(),
        "prescriber_id": None,
        "case_id": None,
    }
    quote = {**case, "quote_id": new_id(), "quote_number": "DV-2026-000123", "quote_version": 1}
    amounts = {"total_amount": "3391.21", "patient_remainder": "230.00"}
    claim = {
        **case,
        "claim_id": new_id(),
        "claim_number": "CL-2026-000123",
        "quote_id": new_id(),
        "status": ClaimStatus.SUBMITTED,
        "total_amount": "3161.21",
    }
    contract = {**case, "device_id": new_id(), "contract_id": new_id()}
    ticket = {**case, "device_id": new_id(), "ticket_id": new_id(), "ticket_number": "TK-2026-000123"}
    made: list[Event] = [
        identity.UserLinkRequestedV1(user_id=who, purpose=LinkPurpose.VERIFY_EMAIL),
        identity.UserAddressReusedV1(user_id=who),
        identity.UserPhoneCodeRequestedV1(user_id=who),
        identity.BreakGlassGrantedV1(grant_id=new_id(), patient_id=who, user_id=new_id(), expires_at=MOMENT),
        cases.CaseOpenedV1.model_validate(
            {
                **case_number,
                "prescription_id": new_id(),
                "prescription_document_id": new_id(),
                "prescriber_id": None,
                "priority": Priority.NORMAL,
            }
        ),
        cases.CaseStatusChangedV1.model_validate(
            {
                **case_number,
                "from_status": CaseStatus.DOCUMENTS_COMPLETE,
                "to_status": CaseStatus.DOCUMENTS_PENDING,
            }
        ),
        cases.CaseOverdueV1.model_validate({**case_number, "status": CaseStatus.UNDER_REVIEW, "sla_deadline": MOMENT}),
        cases.CaseClaimMissingV1.model_validate({**case_number, "claim_due": MOMENT}),
        cases.PrescriptionVerifiedV1.model_validate(prescription),
        cases.PrescriptionRejectedV1.model_validate(prescription),
        cases.QuoteSentV1.model_validate({**quote, **amounts}),
        cases.QuoteApprovedV1.model_validate(
            {
                **quote,
                **amounts,
                "lppr_coverage": "3161.21",
                "approved_by": new_id(),
                "approved_at": MOMENT,
                "lines": [],
                "prescription_id": new_id(),
                "prescription_date": "2026-02-01",
                "prescription_document_id": new_id(),
                "prescriber_id": None,
                "quote_document_id": None,
            }
        ),
        cases.CaseDeliveryScheduledV1.model_validate({**case_number, "scheduled_at": MOMENT}),
        cases.CaseDeliveredV1.model_validate(
            {**case_number, "delivered_at": MOMENT, "proof_document_id": new_id(), "items": []}
        ),
        documents.DocumentInfectedV1(
            document_id=new_id(),
            document_type=DocumentType.ID_CARD,
            owner_id=who,
            patient_id=who,
            case_id=None,
        ),
        billing.ClaimSubmittedV1.model_validate({**claim, "gateway_type": GatewayType.INFIMAX}),
        billing.ClaimAcceptedV1.model_validate(claim),
        billing.ClaimRejectedV1.model_validate({**claim, "rejection_code": "R01"}),
        billing.ClaimPartiallyPaidV1.model_validate({**claim, "paid_amount": "1200.00"}),
        billing.ClaimPaidV1.model_validate({**claim, "paid_amount": "3161.21"}),
        billing.GatewayFailingV1(gateway_type=GatewayType.INFIMAX, claim_id=new_id()),
        devices.ContractActivatedV1.model_validate(
            {
                **case,
                "device_id": new_id(),
                "contract_id": new_id(),
                "contract_type": ContractType.ELECTRIC,
                "renewal_date": "2027-03-01",
            }
        ),
        devices.ContractRenewalDueV1.model_validate(
            {**case, "device_id": new_id(), "contract_id": new_id(), "renewal_date": "2027-03-01"}
        ),
        devices.ContractServiceDueV1.model_validate({**contract, "service_date": "2026-09-01"}),
        devices.ContractExpiredV1.model_validate(contract),
        devices.ContractBudgetLowV1.model_validate(
            {**contract, "year": 2026, "amount": "300.00", "consumed": "271.40"}
        ),
        devices.ConversationEscalatedV1(
            conversation_id=new_id(), user_id=who, patient_id=who, escalation=Escalation.HUMAN
        ),
        devices.TicketOpenedV1.model_validate({**ticket, "severity": Severity.LOW, "is_safety_issue": False}),
        devices.TicketSafetyReportedV1.model_validate({**ticket, "severity": Severity.CRITICAL}),
        devices.TicketResolvedV1.model_validate(ticket),
        devices.VisitScheduledV1.model_validate(
            {**ticket, "visit_id": new_id(), "technician_id": new_id(), "scheduled_at": MOMENT}
        ),
        devices.VisitDepartedV1.model_validate(
            {**ticket, "visit_id": new_id(), "technician_id": new_id(), "scheduled_at": MOMENT}
        ),
        devices.VisitCompletedV1.model_validate(
            {**ticket, "visit_id": new_id(), "technician_id": new_id(), "outcome": VisitOutcome.NO_SHOW}
        ),
        notifications.AddressUnusableV1(user_id=who, channel=Channel.EMAIL, notification_id=new_id()),
        notifications.CallRequestedV1(user_id=who, about="quote.ready", case_id=None),
    ]
    return {type(event): event for event in made}
