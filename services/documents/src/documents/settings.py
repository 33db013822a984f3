"""Settings of the documents service."""

from typing import Annotated

from common.settings import Settings
from pydantic import Field


class DocumentsSettings(Settings):
    """Links, the scanner, the reader, and the seller on quotes: invented here, the real one where it runs."""

    upload_link_seconds: Annotated[int, Field(ge=60, le=3600)] = 900
    """How long a link for uploading is good."""
    download_link_seconds: Annotated[int, Field(ge=10, le=600)] = 60
    """How long a link for downloading is good."""
    case_wait_seconds: Annotated[float, Field(ge=0, le=10)] = 2.0
    """How long an upload waits for word of a case that was opened a moment ago in another service."""

    clamd_url: str | None = None
    """`tcp://host:3310` or `unix:///path`; without it only our own rules scan."""

    reader_cpu_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    """What reading the text of one document may take of a processor."""
    reader_memory_bytes: Annotated[int, Field(ge=256 * 1024**2)] = 1024**3
    """What it may take of memory."""

    seller_name: str = "AX TECH Mobilité"
    """Who sells, on quotes and delivery notes."""
    seller_address: str = "12 avenue de l’Autonomie"
    """Street and number."""
    seller_postal_code: str = "69003"
    """Postal code."""
    seller_city: str = "Lyon"
    """City."""
    seller_siret: str = "12345678200002"
    """SIRET."""
    seller_vat_number: str | None = "FR87123456782"
    """VAT number."""
    seller_health_insurance_number: str | None = "692099999"
    """The number by which the health insurance knows the seller."""
    seller_phone: str | None = "04 00 00 00 00"
    """Phone, as printed."""
    seller_email: str | None = "devis@axtech.example"
    """Mail address, as printed."""
    seller_vat_rate: str | None = "5.50"
    """Per cent, already in the prices; None where the quote says nothing of it."""

    def unsafe(self) -> list[str]:
        """As of every service, and files that no scanner has seen, and a seller that there is not."""
        unscanned = [] if self.clamd_url else ["CLAMD_URL must be set"]
        invented = [name for name in type(self).model_fields if name.startswith("seller_") and not self.given(name)]
        return super().unsafe() + unscanned + [f"{name.upper()} must be set" for name in invented]
