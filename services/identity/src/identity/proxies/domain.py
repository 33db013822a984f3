"""Rules of proxies: what makes a signed delegation."""

from enum import StrEnum
from uuid import UUID

from common.contracts.enums import ScanStatus
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class SignedDelegation(BaseModel):
    """The consent document, as the documents service describes it."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)

    id: UUID
    owner_id: UUID
    patient_id: UUID | None
    scan_status: ScanStatus


class DelegationProblem(StrEnum):
    UNKNOWN = "UNKNOWN"
    NOT_CLEAN = "NOT_CLEAN"


def problem_with(
    document: SignedDelegation | None, patient_id: UUID, patient_user_id: UUID
) -> DelegationProblem | None:
    """What keeps a document from being this patient's signed delegation; one of somebody else counts as unknown."""
    if document is None:
        return DelegationProblem.UNKNOWN
    if document.patient_id != patient_id and (document.patient_id is not None or document.owner_id != patient_user_id):
        return DelegationProblem.UNKNOWN
    return None if document.scan_status is ScanStatus.CLEAN else DelegationProblem.NOT_CLEAN
