"""What documents reacts to: cases, prescriptions and tickets, which say who may see what."""

from common.contracts.cases import CaseOpenedV1, PrescriptionSubmittedV1
from common.contracts.devices import TicketAssignedV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from documents.access import repository
from documents.access.models import KnownCase, PrescriptionDocument, TicketAssignment
from documents.documents import repository as documents

access = EventConsumer("documents", "access")


@access.on(CaseOpenedV1)
async def on_case_opened(session: AsyncSession, event: Received[CaseOpenedV1]) -> None:
    """Its prescription's document becomes one of the case."""
    data = event.data
    known = KnownCase(case_id=data.case_id, patient_id=data.patient_id, prescriber_id=data.prescriber_id)
    await repository.remember_case(session, known)
    await documents.give_to_case(session, data.prescription_document_id, data.case_id)


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
