"""What documents reacts to: what says who may see what, and that a patient is still with us."""

from common.contracts.cases import CaseOpenedV1, PrescriptionSubmittedV1
from common.contracts.devices import ContractActivatedV1, ContractRenewalDueV1, DeviceEvent, TicketAssignedV1
from common.contracts.identity import BreakGlassGrantedV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from documents.access import repository
from documents.access.models import BreakGlassGrant, KnownCase, PrescriptionDocument, TicketAssignment
from documents.documents import repository as documents

access = EventConsumer("documents", "access")


@access.on(CaseOpenedV1)
async def on_case_opened(session: AsyncSession, event: Received[CaseOpenedV1]) -> None:
    """Its prescription's document becomes one of the case."""
    data = event.data
    known = KnownCase(case_id=data.case_id, patient_id=data.patient_id, prescriber_id=data.prescriber_id)
    await repository.remember_case(session, known)
    await documents.give_to_case(session, data.prescription_document_id, data.case_id)
    await repository.note_activity(session, data.patient_id, event.envelope.time)


@access.on(PrescriptionSubmittedV1)
async def on_prescription_submitted(session: AsyncSession, event: Received[PrescriptionSubmittedV1]) -> None:
    """A document its prescriber uploaded for nobody in particular becomes the patient's."""
    data = event.data
    known = PrescriptionDocument(
        prescription_id=data.prescription_id,
        document_id=data.document_id,
        patient_id=data.patient_id,
        prescriber_id=data.prescriber_id,
    )
    await repository.remember_prescription(session, known)
    await documents.give_to_patient(session, data.document_id, data.patient_id)
    await repository.note_activity(session, data.patient_id, event.envelope.time)


@access.on(TicketAssignedV1)
async def on_ticket_assigned(session: AsyncSession, event: Received[TicketAssignedV1]) -> None:
    data = event.data
    known = TicketAssignment(
        ticket_id=data.ticket_id,
        case_id=data.case_id,
        technician_id=data.technician_id,
        ticket_version=event.envelope.aggregateversion,
    )
    await repository.remember_assignment(session, known)
    await repository.note_activity(session, data.patient_id, event.envelope.time)


@access.on(ContractActivatedV1, ContractRenewalDueV1)
async def on_contract(session: AsyncSession, event: Received[DeviceEvent]) -> None:
    await repository.note_activity(session, event.data.patient_id, event.envelope.time)


@access.on(BreakGlassGrantedV1)
async def on_break_glass(session: AsyncSession, event: Received[BreakGlassGrantedV1]) -> None:
    data = event.data
    known = BreakGlassGrant(
        grant_id=data.grant_id, patient_id=data.patient_id, user_id=data.user_id, expires_at=data.expires_at
    )
    await repository.remember_grant(session, known)
