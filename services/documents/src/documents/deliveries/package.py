"""What a delivery note shows, gathered at this moment from the services that know it, and not kept beyond the PDF."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from common.clock import today
from common.http.client import ServiceClient

from documents.gathering import Incomplete, address, fit_to_print, seller
from documents.rendering import DeliveredItem, DeliveryNote, Patient
from documents.settings import DocumentsSettings

_ROWS_EACH = 4


async def gather(services: ServiceClient, settings: DocumentsSettings, case_id: UUID) -> DeliveryNote:
    """The note as it is printed. `Incomplete`; `Unavailable` when a service is away."""
    quote = await services.get("cases", f"/cases/{case_id}/approved-quote")
    if quote is None:
        raise Incomplete("the case has no approved quote")
    with fit_to_print():
        patient = await services.get("identity", f"/patients/{quote['patientId']}")
        if patient is None:
            raise Incomplete("the patient is unknown")
        return compose(quote, patient, settings)


def compose(quote: Mapping[str, Any], patient: Mapping[str, Any], settings: DocumentsSettings) -> DeliveryNote:
    """The note of two answers; `ValidationError` or `KeyError` when they are not what they should be.

    Whoever delivers needs neither the patient's NIR nor the date of birth.
    """
    return DeliveryNote(
        number=f"BL-{quote['caseNumber']}",
        issued_on=today(),
        case_number=quote["caseNumber"],
        quote_number=quote["quoteNumber"],
        seller=seller(settings),
        patient=Patient(
            first_name=patient["firstName"], last_name=patient["lastName"], address=address(patient.get("address"))
        ),
        items=tuple(item for line in quote["lines"] for item in _items(line)),
    )


def _items(line: Mapping[str, Any]) -> tuple[DeliveredItem, ...]:
    """What is quoted several times has a row for each: every device has a serial number of its own."""
    label = f"{line['label']} – {line['details']}" if line.get("details") else line["label"]
    item = DeliveredItem(label=label[:300], lppr_code=line.get("lpprCode"))
    quantity = int(line["quantity"])
    if quantity > _ROWS_EACH:
        return (item.model_copy(update={"quantity": quantity}),)
    return (item,) * quantity
