"""Who has to do with a patient, from the events of those who know."""

from common.contracts.cases import PrescriptionSubmittedV1
from common.contracts.devices import TicketAssignedV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from sqlalchemy.ext.asyncio import AsyncSession

from identity.patients import repository
from identity.patients.models import PatientRelation, RelationKind

relations = EventConsumer("identity", "relations")


@relations.on(PrescriptionSubmittedV1)
async def prescribed(session: AsyncSession, event: Received[PrescriptionSubmittedV1]) -> None:
    """A prescriber may see whom they prescribed for."""
    if event.data.prescriber_id is None:
        return
    relation = PatientRelation(
        kind=RelationKind.PRESCRIPTION,
        source_id=event.data.prescription_id,
        source_version=event.envelope.aggregateversion,
        patient_id=event.data.patient_id,
        member_id=event.data.prescriber_id,
    )
    await repository.relate(session, relation)


@relations.on(TicketAssignedV1)
async def assigned(session: AsyncSession, event: Received[TicketAssignedV1]) -> None:
    """A technician may see whose ticket they have; the ticket's last assignment counts, in whatever order they come."""
    relation = PatientRelation(
        kind=RelationKind.TICKET,
        source_id=event.data.ticket_id,
        source_version=event.envelope.aggregateversion,
        patient_id=event.data.patient_id,
        member_id=event.data.technician_id,
    )
    await repository.relate(session, relation)
