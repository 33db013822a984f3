"""PDFs the platform writes: PDF/A, French typography, the same bytes for the same data."""

from documents.rendering.models import (
    Address,
    DeliveredItem,
    DeliveryNote,
    Patient,
    PrescriptionReference,
    QuoteDocument,
    QuoteLine,
    Seller,
)
from documents.rendering.typst import RenderError, render, render_delivery_note, render_quote

__all__ = [
    "Address",
    "DeliveredItem",
    "DeliveryNote",
    "Patient",
    "PrescriptionReference",
    "QuoteDocument",
    "QuoteLine",
    "RenderError",
    "Seller",
    "render",
    "render_delivery_note",
    "render_quote",
]
