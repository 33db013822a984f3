"""Use cases of the internal API."""

from collections.abc import Sequence
from uuid import UUID

from common import audit
from common.clock import today
from common.contracts.enums import LinkPurpose, Role, UserStatus
from common.errors import NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from identity.accounts import one_time
from identity.accounts import repository as accounts
from identity.accounts.domain import has_use_for
from identity.accounts.models import User
from identity.internal.schemas import PROXY, AgeGroup, Contact, Link, PatientFile, PhoneCode
from identity.patients import repository as patients
from identity.patients import service as patients_service
from identity.patients.domain import is_younger
from identity.patients.models import ContactPreference
from identity.prescribers import repository as prescribers
from identity.prescribers.models import PrescriberProfile
from identity.proxies import repository as proxies
from identity.resources import IdentityResources
from identity.staff import repository as staff

FOUND_AT_MOST = 1000


async def user(session: AsyncSession, user_id: UUID, *, lock: bool = False) -> User:
    """An account that was not closed; `NotFound`."""
    found = await accounts.user(session, user_id, lock=lock)
    if found is None or (lock and found.status is UserStatus.DELETED):
        raise NotFound("User")
    return found


async def contact_of(session: AsyncSession, reached: User, *, role: str | None = None) -> Contact:
    """How to reach a user; the first name and the preference are those of their profile, if any."""
    first_name, preference = None, ContactPreference.EMAIL
    if patient := await patients.of_user(session, reached.id):
        first_name, preference = patient.first_name, patient.contact_preference
    elif prescriber := await prescribers.of_user(session, reached.id):
        first_name = prescriber.first_name
    elif member := await staff.of_user(session, reached.id):
        first_name = member.first_name
    return Contact(
        user_id=reached.id,
        role=role or reached.role.value,
        email=reached.email,
        email_verified=reached.email_verified,
        phone=reached.phone,
        phone_verified=reached.phone_verified,
        first_name=first_name,
        language=reached.language,
        contact_preference=preference,
    )


async def staff_contacts(session: AsyncSession, role: Role) -> list[Contact]:
    """The active staff of a role."""
    return [await contact_of(session, member) for _, member in await staff.active(session, role)]


async def patient_contacts(session: AsyncSession, patient_id: UUID) -> list[Contact]:
    """The patient and whoever may act for them now, as far as their accounts are in use; `NotFound`."""
    own = await patients.user_of(session, patient_id)
    if own is None:
        raise NotFound("Patient")
    acting = await proxies.users_acting_for(session, patient_id)
    reached = [await contact_of(session, own)] if own.status is UserStatus.ACTIVE else []
    return reached + [await contact_of(session, one, role=PROXY) for one in acting if one.status is UserStatus.ACTIVE]


async def new_link(resources: IdentityResources, session: AsyncSession, user_id: UUID, purpose: LinkPurpose) -> Link:
    """A link to be mailed; `NotFound` when the user has no use for one any more."""
    found = await user(session, user_id, lock=True)
    if not has_use_for(purpose, found.status, email_verified=found.email_verified):
        raise NotFound("Link")
    url, expires_at = one_time.mint_link(session, user_id, purpose, resources.settings.public_url)
    return Link(url=url, expires_at=expires_at)


async def new_phone_code(resources: IdentityResources, session: AsyncSession, user_id: UUID) -> PhoneCode:
    """A code to be sent to the number being verified; `NotFound` when none is."""
    found = await user(session, user_id, lock=True)
    if found.phone is None or found.phone_verified:
        raise NotFound("Phone")
    code, expires_at = one_time.mint_phone_code(session, found, resources.blind_index)
    return PhoneCode(code=code, expires_at=expires_at)


async def patient_file(
    resources: IdentityResources, session: AsyncSession, caller: str, patient_id: UUID
) -> PatientFile:
    """What a claim or a quote needs of a patient; `NotFound`. Goes on record with the service that asked."""
    found = await patients.any_patient(session, patient_id)
    if found is None:
        raise NotFound("Patient")
    changes = audit.changed({}, {"service": caller})
    audit.record(session, "identity", "patient.read-by-service", "PatientProfile", patient_id, changes)
    return PatientFile(
        id=found.id,
        user_id=found.user_id,
        first_name=found.first_name,
        last_name=found.last_name,
        date_of_birth=found.date_of_birth,
        nir=patients_service.clear(resources, found, "nir"),
        address=patients_service.address_of(found),
    )


async def age_group(session: AsyncSession, patient_id: UUID) -> AgeGroup:
    """Whether a patient is under 16 today; `NotFound`."""
    found = await patients.any_patient(session, patient_id)
    if found is None:
        raise NotFound("Patient")
    return AgeGroup(under_16=is_younger(found.date_of_birth, 16, today()))


async def find_patients(session: AsyncSession, q: str) -> Sequence[UUID]:
    """The patients whose names resemble `q`, best first."""
    return await patients.find(session, q, FOUND_AT_MOST)


async def prescriber(session: AsyncSession, prescriber_id: UUID) -> PrescriberProfile:
    """A prescriber's profile; `NotFound`."""
    found = await prescribers.prescriber(session, prescriber_id)
    if found is None:
        raise NotFound("Prescriber")
    return found
