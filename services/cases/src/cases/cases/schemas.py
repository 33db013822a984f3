"""HTTP bodies of cases."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from common.contracts.enums import CaseStatus, DocumentType, Priority
from common.http import Changes, Schema, UtcDateTime
from common.http.pages import DEFAULT_LIMIT
from pydantic import BeforeValidator, Field

from cases.cases.deadlines import FlagCode, Observed, flags


class ChecklistBody(Schema):
    id_verified: bool
    carte_vitale_verified: bool
    prescription_verified: bool
    address_verified: bool
    product_selected: bool
    quote_generated: bool
    patient_approved: bool


class ChecklistChanges(Changes):
    """Points to set or to clear; those that set themselves may be repeated as they are."""

    id_verified: bool | None = None
    carte_vitale_verified: bool | None = None
    prescription_verified: bool | None = None
    address_verified: bool | None = None
    product_selected: bool | None = None
    quote_generated: bool | None = None
    patient_approved: bool | None = None

    def points(self) -> dict[str, bool]:
        """The points named, as the checklist spells them."""
        return {str(type(self).model_fields[name].alias): value for name, value in self.given().items()}


class NewCase(Schema):
    patient_id: UUID
    prescription_id: UUID
    priority: Priority = Priority.NORMAL


class CaseChanges(Changes):
    nullable: ClassVar[frozenset[str]] = frozenset({"assigned_to"})

    assigned_to: UUID | None = None
    priority: Priority | None = None
    checklist_state: ChecklistChanges | None = None


class NewTransition(Schema):
    to: CaseStatus
    reason: Annotated[str | None, Field(min_length=1, max_length=2000)] = None


_AS_LIST = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
Point = Literal[
    "idVerified",
    "carteVitaleVerified",
    "prescriptionVerified",
    "addressVerified",
    "productSelected",
    "quoteGenerated",
    "patientApproved",
]


class CaseFilters(Schema):
    """What lists and searches of cases may be narrowed by.

    `open`: neither closed nor cancelled, or one of them. `unchecked`: points of the checklist that are all still open.
    `overdue`: past its deadline. `atRisk`: in the last quarter of the time to it. `claimMissing`: its quote was
    approved, and no claim was drafted in time.
    """

    status: Annotated[list[CaseStatus] | None, _AS_LIST] = None
    open: bool | None = None
    unchecked: Annotated[list[Point] | None, _AS_LIST] = None
    assigned_to: UUID | None = None
    priority: Priority | None = None
    patient_id: UUID | None = None
    overdue: bool | None = None
    at_risk: bool | None = None
    claim_missing: bool | None = None
    case_number: Annotated[str | None, Field(max_length=20)] = None

    def unchecked_points(self) -> dict[str, bool] | None:
        """What a checklist that is looked for contains."""
        return dict.fromkeys(self.unchecked, False) if self.unchecked else None


class CaseQuery(CaseFilters):
    """The query string of the list."""

    limit: Annotated[int, Field(ge=1, le=200, description="How many items at most")] = DEFAULT_LIMIT
    cursor: Annotated[str | None, Field(max_length=100)] = None


class CaseSearch(CaseFilters):
    q: Annotated[str, Field(min_length=2, max_length=100)]


class CaseItem(Schema):
    """A case in a list."""

    id: UUID
    case_number: str
    patient_id: UUID
    prescription_id: UUID
    status: CaseStatus
    priority: Priority
    assigned_to: UUID | None
    checklist_state: ChecklistBody
    sla_deadline: UtcDateTime | None
    agreement_by: UtcDateTime | None
    submitted_at: UtcDateTime | None
    approved_at: UtcDateTime | None
    rejected_at: UtcDateTime | None
    rejection_reason: str | None
    delivery_scheduled_at: UtcDateTime | None
    delivered_at: UtcDateTime | None
    created_at: UtcDateTime
    updated_at: UtcDateTime


class FlagBody(Schema):
    code: FlagCode
    document_type: DocumentType | None


class CaseView(Schema):
    """What depends on who looks at a case, and when."""

    allowed_transitions: list[CaseStatus]
    flags: list[FlagBody]


class CaseBody(CaseItem, CaseView):
    """One case, with where the caller may move it and what to look at."""


def view(allowed: list[CaseStatus], seen: Observed, now: datetime) -> CaseView:
    """Where the caller may move a case, and its flags."""
    found = [FlagBody(code=flag.code, document_type=flag.document_type) for flag in flags(seen, now)]
    return CaseView(allowed_transitions=allowed, flags=found)


class CaseReference(Schema):
    """A case as other services may know it."""

    id: UUID
    case_number: str
    patient_id: UUID
    status: CaseStatus
