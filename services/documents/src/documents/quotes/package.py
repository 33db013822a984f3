"""What a quote's PDF shows, gathered at this moment from the services that know it, and not kept beyond the PDF."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.http.client import ServiceClient

from documents.gathering import Incomplete, address, fit_to_print, seller
from documents.rendering import Patient, PrescriptionReference, QuoteDocument, QuoteLine
from documents.settings import DocumentsSettings

_NIR = re.compile(r"[12478]\d{4}(?:\d{2}|2[AB])\d{8}")
_RPPS = re.compile(r"\d{11}")


async def gather(services: ServiceClient, settings: DocumentsSettings, quote_id: UUID) -> QuoteDocument:
    """The quote as it is printed. `Incomplete`; `Unavailable` when a service is away."""
    quote = await services.get("cases", f"/quotes/{quote_id}")
    if quote is None:
        raise Incomplete("the quote is unknown")
    with fit_to_print():
        patient = await services.get("identity", f"/patients/{quote['patientId']}")
        if patient is None:
            raise Incomplete("the patient is unknown")
        prescriber = None
        if quote.get("prescriberId"):
            prescriber = await services.get("identity", f"/prescribers/{quote['prescriberId']}")
        return compose(quote, patient, prescriber, settings)


def compose(
    quote: Mapping[str, Any],
    patient: Mapping[str, Any],
    prescriber: Mapping[str, Any] | None,
    settings: DocumentsSettings,
) -> QuoteDocument:
    """The document of three answers; `ValidationError` or `KeyError` when they are not what they should be."""
    lines = quote["lines"]
    return QuoteDocument(
        number=quote["quoteNumber"],
        version=quote["quoteVersion"],
        issued_on=quote["issuedOn"],
        valid_until=quote["validUntil"],
        case_number=quote["caseNumber"],
        seller=seller(settings),
        patient=Patient(
            first_name=patient["firstName"],
            last_name=patient["lastName"],
            birth_date=patient.get("dateOfBirth"),
            nir=_number(patient.get("nir"), _NIR),
            address=address(patient.get("address")),
        ),
        prescription=PrescriptionReference(
            prescribed_on=quote["prescriptionDate"],
            prescriber_name=f"{prescriber['firstName']} {prescriber['lastName']}" if prescriber else None,
            prescriber_rpps=_number(prescriber.get("rppsNumber"), _RPPS) if prescriber else None,
        ),
        base_lines=tuple(_line(line) for line in lines if not line["optional"]),
        optional_lines=tuple(_line(line) for line in lines if line["optional"]),
        coverage=quote["lpprCoverage"],
        patient_remainder=quote["patientRemainder"],
        total=quote["totalAmount"],
        vat_rate=Decimal(settings.seller_vat_rate) if settings.seller_vat_rate else None,
    )


def _line(line: Mapping[str, Any]) -> QuoteLine:
    return QuoteLine(
        lppr_code=line.get("lpprCode"),
        label=line["label"],
        details=line.get("details") or None,
        plv=line.get("plv"),
        unit_price=line["unitPrice"],
        quantity=line["quantity"],
        total=line["lineTotal"],
    )


def _number(given: Any, shape: re.Pattern[str]) -> str | None:
    """The number without spaces; None where it has not the shape a quote shows, which is no reason to have none."""
    bare = str(given or "").replace(" ", "").upper()
    return bare if shape.fullmatch(bare) else None
