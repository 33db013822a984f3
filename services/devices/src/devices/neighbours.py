"""What is asked of other services, always before the first query of a request: no transaction waits for a call."""

from uuid import UUID

from common.contracts.enums import Role, ScanStatus, UserStatus
from common.errors import BrokenRule, Detail
from common.http.client import ServiceClient
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class Person(_Answer):
    """A user as identity describes them to other services."""

    id: UUID
    role: Role
    status: UserStatus


class Signature(_Answer):
    """A document as the documents service describes it."""

    id: UUID
    scan_status: ScanStatus
    owner_id: UUID
    patient_id: UUID | None
    case_id: UUID | None


async def require_technician(services: ServiceClient, user_id: UUID) -> None:
    """`BrokenRule` unless the user is a technician at work here."""
    found = await services.get("identity", f"/users/{user_id}")
    person = None if found is None else Person.model_validate(found)
    if person is None or person.role is not Role.TECHNICIAN or person.status is not UserStatus.ACTIVE:
        message = "That user is not an active technician"
        detail = Detail("technicianId", "NOT_A_TECHNICIAN", message)
        raise BrokenRule(message, code="BIZ_NOT_A_TECHNICIAN", details=[detail])


async def signature(services: ServiceClient, document_id: UUID | None) -> Signature | None:
    """The document that holds a signature, None for no id; `BrokenRule` when it is unknown or infected."""
    if document_id is None:
        return None
    found = await services.get("documents", f"/documents/{document_id}")
    document = None if found is None else Signature.model_validate(found)
    if document is None or document.scan_status is ScanStatus.INFECTED:
        raise bad_signature("there is no such document")
    return document


def bad_signature(message: str) -> BrokenRule:
    """The refusal of a document as a signature."""
    detail = Detail("signatureImageId", "SIGNATURE", message)
    return BrokenRule("The signature cannot be taken", code="BIZ_SIGNATURE", details=[detail])
