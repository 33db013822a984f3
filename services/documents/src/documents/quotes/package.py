"""What a quote's PDF shows, gathered at this moment from the services that know it, and not kept beyond the PDF."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.events.retry import PermanentError
from common.http.client import ServiceClient
from pydantic import ValidationError

from documents.rendering import Address, Patient, PrescriptionReference, QuoteDocument, QuoteLine, Seller
from documents.settings import DocumentsSettings

_NIR = re.compile(r"[12478]\d{4}(?:\d{2}|2[AB])\d{8}")
_RPPS = re.compile(r"\d{11}")


class QuoteIncomplete(PermanentError):
    """Something a quote must show is missing; the message names the field, never its value."""


async def gather(services: ServiceClient, settings: DocumentsSettings, quote_id: UUID) -> QuoteDocument:
    """The quote as it is printed. `QuoteIncomplete`; `Unavailable` when a service is away."""
    quote = await services.get("cases", f"/quotes/{quote_id}")
    if quote is None:
        raise QuoteIncomplete("the quote is unknown")
    try:
        patient = await services.get("identity", f"/patients/{quote['patientId']}")
        if patient is None:
            raise QuoteIncomplete("the patient is unknown")
        prescriber = None
        if quote.get("prescriberId"):
            prescriber = await services.get("identity", f"/prescribers/{quote['prescriberId']}")
        return compose(quote, patient, prescriber, settings)
    except ValidationError as error:
        fields = {".".join(map(str, problem["loc"])) or problem["msg"] for problem in error.errors(include_input=False)}
        raise QuoteIncomplete(f"not fit to print: {', '.join(sorted(fields))}") from None
    except KeyError as error:
        raise QuoteIncomplete(f"an answer lacks {error.args[0]}") from None


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
            address=_address(patient.get("address")),
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


def seller(settings: DocumentsSettings) -> Seller:
    """Who sells, as configured."""
    return Seller(
        name=settings.seller_name,
        address=Address(
            lines=(settings.seller_address,), postal_code=settings.seller_postal_code, city=settings.seller_city
        ),
        siret=settings.seller_siret,
        vat_number=settings.seller_vat_number,
        health_insurance_number=settings.seller_health_insurance_number,
        phone=settings.seller_phone,
        email=settings.seller_email,
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


def _address(address: Mapping[str, Any] | None) -> Address | None:
    """None where the patient has given none, or not all of it: it is not for a quote to insist."""
    given = {name: str(value).strip() for name, value in (address or {}).items() if value}
    lines = tuple(given[name] for name in ("line1", "line2") if given.get(name))
    if not lines or not given.get("postalCode") or not given.get("city"):
        return None
    return Address(lines=lines, postal_code=given["postalCode"], city=given["city"])


def _number(given: Any, shape: re.Pattern[str]) -> str | None:
    """The number without spaces; None where it has not the shape a quote shows, which is no reason to have none."""
    bare = str(given or "").replace(" ", "").upper()
    return bare if shape.fullmatch(bare) else None
