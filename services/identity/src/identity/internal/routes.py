"""`/internal/v1`: each endpoint says which services may call it."""

from typing import Any
from uuid import UUID

from common.contracts.enums import Role
from common.http import InternalCaller, RequestSession, allow_callers, internal_router
from fastapi import Depends

from identity.accounts.models import User
from identity.internal import service
from identity.internal.schemas import (
    AgeGroup,
    Contact,
    Contacts,
    FoundPatients,
    Link,
    NameSearch,
    PatientFile,
    Person,
    PhoneCode,
    Prescriber,
    WantedLink,
)
from identity.prescribers.models import PrescriberProfile
from identity.resources import ResourcesOf

router = internal_router()

_notifications = [Depends(allow_callers("notifications"))]
_claimants = [Depends(allow_callers("billing", "documents"))]


@router.get(
    "/users/{user_id}",
    response_model=Person,
    dependencies=[Depends(allow_callers("cases", "devices", "documents"))],
)
async def read_user(user_id: UUID, session: RequestSession) -> User:
    """What a user is."""
    return await service.user(session, user_id)


@router.get("/users/{user_id}/contact", response_model=Contact, dependencies=_notifications)
async def read_contact(user_id: UUID, session: RequestSession) -> Contact:
    """How to reach a user."""
    return await service.contact_of(session, await service.user(session, user_id))


@router.post("/users/{user_id}/links", response_model=Link, dependencies=_notifications)
async def make_link(user_id: UUID, body: WantedLink, resources: ResourcesOf, session: RequestSession) -> Link:
    """A new single-use link to mail."""
    return await service.new_link(resources, session, user_id, body.purpose)


@router.post("/users/{user_id}/phone-code", response_model=PhoneCode, dependencies=_notifications)
async def make_phone_code(user_id: UUID, resources: ResourcesOf, session: RequestSession) -> PhoneCode:
    """A new code to text."""
    return await service.new_phone_code(resources, session, user_id)


@router.get("/staff/contacts", response_model=Contacts, dependencies=_notifications)
async def staff_contacts(role: Role, session: RequestSession) -> dict[str, Any]:
    """The active staff of a role."""
    return {"recipients": await service.staff_contacts(session, role)}


@router.post("/patients/find", response_model=FoundPatients, dependencies=[Depends(allow_callers("cases"))])
async def find_patients(body: NameSearch, session: RequestSession) -> dict[str, Any]:
    """The patients whose names resemble a text."""
    return {"patient_ids": await service.find_patients(session, body.q)}


@router.get("/patients/{patient_id}", response_model=PatientFile, dependencies=_claimants)
async def read_patient(
    patient_id: UUID, caller: InternalCaller, resources: ResourcesOf, session: RequestSession
) -> PatientFile:
    """A patient's name, date of birth, NIR and address."""
    return await service.patient_file(resources, session, caller, patient_id)


@router.get("/patients/{patient_id}/age-group", dependencies=[Depends(allow_callers("cases"))])
async def read_age_group(patient_id: UUID, session: RequestSession) -> AgeGroup:
    """Whether a patient is under 16 today."""
    return await service.age_group(session, patient_id)


@router.get("/patients/{patient_id}/contacts", response_model=Contacts, dependencies=_notifications)
async def patient_contacts(patient_id: UUID, session: RequestSession) -> dict[str, Any]:
    """Who is told what concerns a patient."""
    return {"recipients": await service.patient_contacts(session, patient_id)}


@router.get("/prescribers/{prescriber_id}", response_model=Prescriber, dependencies=_claimants)
async def read_prescriber(prescriber_id: UUID, session: RequestSession) -> PrescriberProfile:
    """A prescriber's name and numbers."""
    return await service.prescriber(session, prescriber_id)
