"""Settings of the documents service."""

from typing import Annotated

from common.settings import Settings
from pydantic import Field


class DocumentsSettings(Settings):
    """Links, the scanner, the reader, and the seller on quotes: invented here, the real one where it runs."""

    upload_link_seconds: Annotated[int, Field(ge=60, le=3600)] = 900
    download_link_seconds: Annotated[int, Field(ge=10, le=600)] = 60
    case_wait_seconds: Annotated[float, Field(ge=0, le=10)] = 2.0
    """How long an upload waits for word of a case that was opened a moment ago in another service."""

    clamd_url: str | None = None
    """`tcp://host:3310` or `unix:///path`; without it only our own rules scan."""

    reader_cpu_seconds: Annotated[int, Field(ge=1, le=600)] = 60
    reader_memory_bytes: Annotated[int, Field(ge=256 * 1024**2)] = 1024**3
    """What reading the text of one document may cost."""

    seller_name: str = "AX TECH Mobilité"
    seller_address: str = "12 avenue de l’Autonomie"
    seller_postal_code: str = "69003"
    seller_city: str = "Lyon"
    seller_siret: str = "12345678200002"
    seller_vat_number: str | None = "FR87123456782"
    seller_health_insurance_number: str | None = "692099999"
    seller_phone: str | None = "04 00 00 00 00"
    seller_email: str | None = "devis@axtech.example"
    seller_vat_rate: str | None = "5.50"
    """Per cent, already in the prices; None where the quote says nothing of it."""
