"""Prescribers and technicians see the patients that events relate them to."""

from uuid import UUID

from common.contracts.cases import PrescriptionSubmittedV1
from common.contracts.devices import TicketAssignedV1
from common.contracts.enums import ProductCategory, Role
from common.ids import new_id
from common.testing import RunningService, eventually
from common.testing.keys import actor
from identity.testing import People


async def _sees(identity: RunningService, who: UUID, role: Role, patient_id: UUID | None) -> bool:
    somebody = actor(role, prescriber_id=who) if role is Role.PRESCRIBER else actor(role, user_id=who)
    async with identity.client(somebody) as client:
        return (await client.get(f"/patients/{patient_id}")).status_code == 200


def _assigned(ticket_id: UUID, patient_id: UUID | None, technician_id: UUID) -> TicketAssignedV1:
    return TicketAssignedV1(
        ticket_id=ticket_id,
        ticket_number="TK-2026-000001",
        device_id=new_id(),
        patient_id=patient_id,
        case_id=new_id(),
        technician_id=technician_id,
        previous_technician_id=None,
    )


async def test_a_prescriber_sees_whom_they_prescribed_for(identity_worker: RunningService) -> None:
    patient = await People(identity_worker).patient()
    prescriber_id, other = new_id(), new_id()
    event = PrescriptionSubmittedV1(
        prescription_id=new_id(),
        patient_id=patient.profile_id,
        document_id=new_id(),
        prescriber_id=prescriber_id,
        product_category=ProductCategory.MANUAL_WHEELCHAIR,
    )
    await identity_worker.publish(event, of=event.prescription_id, times=2)
    await identity_worker.publish(event.model_copy(update={"prescriber_id": None, "prescription_id": new_id()}))
    assert await eventually(lambda: _sees(identity_worker, prescriber_id, Role.PRESCRIBER, patient.profile_id))
    assert not await _sees(identity_worker, other, Role.PRESCRIBER, patient.profile_id)
    assert await identity_worker.dead_letters() == []


async def test_a_technician_sees_whose_ticket_they_have_in_whatever_order_events_come(
    identity_worker: RunningService,
) -> None:
    patient = await People(identity_worker).patient()
    ticket_id, first, second = new_id(), new_id(), new_id()
    await identity_worker.publish(_assigned(ticket_id, patient.profile_id, second), of=ticket_id, version=3)
    assert await eventually(lambda: _sees(identity_worker, second, Role.TECHNICIAN, patient.profile_id))
    await identity_worker.publish(_assigned(ticket_id, patient.profile_id, first), of=ticket_id, version=2)
    marker = new_id()
    await identity_worker.publish(_assigned(new_id(), patient.profile_id, marker), of=new_id())
    assert await eventually(lambda: _sees(identity_worker, marker, Role.TECHNICIAN, patient.profile_id))
    assert not await _sees(identity_worker, first, Role.TECHNICIAN, patient.profile_id)
    assert await _sees(identity_worker, second, Role.TECHNICIAN, patient.profile_id)


async def test_what_is_no_event_is_kept_as_a_dead_letter(identity_worker: RunningService) -> None:
    await identity_worker.publish_raw("CASES", "axtech.cases.prescription.submitted", b"{}")
    [buried] = await eventually(identity_worker.dead_letters)
    assert (buried["consumer"], buried["reason"]) == ("identity-relations", "invalid")
