"""Return files as these tests write them."""

from datetime import date
from typing import Any

from billing.noemie import HeaderValues, ReturnInvoice, build_return

DAY = date(2026, 12, 1)
TOTAL = "651.27"
"""What a claim of these tests asks for."""


def invoice(number: str, paid: str = TOTAL, **values: Any) -> ReturnInvoice:
    return ReturnInvoice.model_validate(
        {"invoice_number": number, "amount_paid": paid, "payee": "750000001", "paid_on": DAY} | values
    )


def file_of(*invoices: ReturnInvoice, file_id: str = "000001", eol: bytes = b"", **header: Any) -> bytes:
    return build_return(HeaderValues(file_id=file_id, file_date=DAY, **header), invoices, eol=eol)
