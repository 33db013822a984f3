"""HTTP bodies of the worklist."""

from datetime import date
from typing import Any
from uuid import UUID

from common.contracts.enums import ClaimDocumentRole
from common.http import Schema

from billing.claims.schemas import ClaimBody, ClaimLine
from billing.denials.domain import NextStep
from billing.worklist.domain import Work


class WorkItem(Schema):
    """`nextStep` is what is proposed about a denial."""

    id: UUID
    work: Work
    next_step: NextStep | None
    claim: ClaimBody


class EntryPatient(Schema):
    nir: str
    first_name: str
    last_name: str
    date_of_birth: date
    address: dict[str, Any]


class EntryPrescriber(Schema):
    rpps_number: str
    name: str


class EntryDocument(Schema):
    document_id: UUID
    document_role: ClaimDocumentRole


class ManualEntry(Schema):
    """What an operator enters in the other software; `prescriber` is null where the prescription alone names one."""

    reference: str
    invoice_number: str
    patient: EntryPatient
    prescriber: EntryPrescriber | None
    prescription_date: date
    lines: list[ClaimLine]
    documents: list[EntryDocument]
