"""The claim package of section 11.3, made of what other services know at the moment of sending, and never kept."""

import asyncio
from collections.abc import Sequence
from typing import Any

from common.events.retry import PermanentError
from common.http.client import ServiceClient
from pydantic import ValidationError

from billing.claims.domain import submission_reference
from billing.claims.models import Claim, ClaimDocument
from billing.gateways import (
    ClaimPackage,
    PackageDocument,
    PackageHeader,
    PackageItem,
    PackagePatient,
    PackagePrescriber,
    PackagePrescription,
)


class PackageIncomplete(PermanentError):
    """Something a claim needs is missing with us; the message names the field, never its value."""


async def header(services: ServiceClient, claim: Claim) -> PackageHeader:
    """The package without lines and documents. Raises as `build` does."""
    patient, prescriber = await asyncio.gather(_patient(services, claim), _prescriber(services, claim))
    return PackageHeader(
        reference=submission_reference(claim.claim_number, claim.attempt),
        invoice_number=claim.invoice_number,
        patient=patient,
        prescriber=prescriber,
    )


async def build(services: ServiceClient, claim: Claim, documents: Sequence[ClaimDocument]) -> ClaimPackage:
    """The package of the claim's present attempt. `PackageIncomplete`; `Unavailable` when a service is away."""
    made, attached = await asyncio.gather(header(services, claim), load(services, documents))
    return ClaimPackage(
        reference=made.reference,
        invoice_number=made.invoice_number,
        patient=made.patient,
        prescriber=made.prescriber,
        prescription=PackagePrescription(
            date=claim.prescription_date, document_ref=str(claim.prescription_document_id)
        ),
        items=[PackageItem.model_validate(line) for line in claim.lines],
        attached_documents=attached,
    )


async def load(services: ServiceClient, documents: Sequence[ClaimDocument]) -> list[PackageDocument]:
    """The documents with their content."""
    return await asyncio.gather(*(_document(services, each) for each in documents))


async def _patient(services: ServiceClient, claim: Claim) -> PackagePatient:
    found = await services.get("identity", f"/patients/{claim.patient_id}")
    if found is None:
        raise PackageIncomplete("the patient is unknown")
    try:
        return PackagePatient(
            nir=_bare(found.get("nir")),
            first_name=found["firstName"],
            last_name=found["lastName"],
            date_of_birth=found["dateOfBirth"],
            address=found.get("address") or {},
        )
    except (ValidationError, KeyError) as error:
        raise PackageIncomplete(f"the patient's record lacks {_fields(error)}") from None


async def _prescriber(services: ServiceClient, claim: Claim) -> PackagePrescriber | None:
    """None where we do not know who prescribed, or not by an RPPS number: the prescription itself goes along."""
    if claim.prescriber_id is None:
        return None
    found = await services.get("identity", f"/prescribers/{claim.prescriber_id}")
    if found is None or not found.get("rppsNumber"):
        return None
    try:
        name = f"{found['firstName']} {found['lastName']}".strip()
        return PackagePrescriber(rpps_number=_bare(found["rppsNumber"]), name=name)
    except (ValidationError, KeyError) as error:
        raise PackageIncomplete(f"the prescriber's record lacks {_fields(error)}") from None


async def _document(services: ServiceClient, document: ClaimDocument) -> PackageDocument:
    found = await services.get("documents", f"/documents/{document.document_id}")
    if found is None:
        raise PackageIncomplete(f"document {document.document_id} is gone")
    if found["scanStatus"] != "CLEAN":
        raise PackageIncomplete(f"document {document.document_id} is {found['scanStatus']}, not CLEAN")
    content = await services.get_bytes("documents", f"/documents/{document.document_id}/content")
    if not content:
        raise PackageIncomplete(f"document {document.document_id} has no content")
    return PackageDocument(
        document_id=document.document_id,
        role=document.document_role,
        content_type=found["mimeType"],
        content=content,
    )


def _bare(number: Any) -> str:
    return str(number or "").replace(" ", "").upper()


def _fields(error: ValidationError | KeyError) -> str:
    """The names of what is wrong, and nothing of the values."""
    if isinstance(error, KeyError):
        return str(error.args[0])
    return ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors(include_input=False)}))
