"""What goes on a quote and on a delivery note. Field names are camel case in JSON, amounts strings with two places."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from common.money import Price, total
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
LongText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
LpprCode = Annotated[str, StringConstraints(pattern=r"^\d{7}$")]
Rpps = Annotated[str, StringConstraints(pattern=r"^\d{11}$")]

DEFAULT_QUOTE_MENTIONS = (
    "Devis gratuit. Les prix sont en euros, toutes taxes comprises.",
    "PLV\u202f: prix limite de vente au public fixé par la liste des produits et prestations remboursables (LPPR). "
    "Le prix d’une ligne prise en charge ne dépasse pas sa PLV.",
    "Les options sont facultatives, ne figurent pas sur la LPPR et restent à la charge du patient. Elles peuvent être "
    "refusées sans que cela change la prise en charge des autres lignes.",
    "La commande n’est passée qu’après la signature de ce devis et, lorsqu’il est nécessaire, l’accord préalable de "
    "l’organisme d’assurance maladie. La prise en charge indiquée est estimée sous réserve de cet accord et de "
    "l’ouverture des droits du patient.",
    "Les données de ce devis servent à la constitution du dossier de prise en charge et sont conservées pour la durée "
    "prévue par la loi. Le patient peut y accéder et les faire rectifier auprès du vendeur.",
)

DEFAULT_DELIVERY_STATEMENTS = (
    "Le matériel livré est complet, en bon état apparent et conforme au devis accepté.",
    "Le matériel a été réglé pour le patient et essayé en sa présence.",
    "La notice d’utilisation en français et les conditions de garantie ont été remises.",
    "L’utilisation, les règles de sécurité et l’entretien ont été expliqués.",
)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Address(_Model):
    lines: Annotated[tuple[Text, ...], Field(min_length=1, max_length=4)]
    postal_code: Text
    city: Text


class Seller(_Model):
    name: Text
    address: Address
    siret: Annotated[str, StringConstraints(pattern=r"^\d{14}$")]
    vat_number: Text | None = None
    health_insurance_number: Text | None = None
    """The seller's own number with the Assurance maladie."""
    phone: Text | None = None
    email: Text | None = None


class Patient(_Model):
    first_name: Text
    last_name: Text
    address: Address | None = None
    birth_date: date | None = None
    nir: Annotated[str, StringConstraints(pattern=r"^[12478]\d{4}(?:\d{2}|2[AB])\d{8}$")] | None = None
    representative: Text | None = None
    """Who signs for the patient, where it is not the patient."""


class PrescriptionReference(_Model):
    prescribed_on: date
    prescriber_name: Text | None = None
    """None where it is not known to us: the prescription itself names them."""
    prescriber_rpps: Rpps | None = None


class QuoteLine(_Model):
    """One line. `plv` is the ceiling of one unit; None where the list sets none."""

    lppr_code: LpprCode | None = None
    label: LongText
    details: LongText | None = None
    plv: Price | None = None
    unit_price: Price
    quantity: Annotated[int, Field(ge=1, le=9999)]
    total: Price

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if self.total != self.unit_price * self.quantity:
            raise ValueError("total differs from unit price x quantity")
        return self


class QuoteDocument(_Model):
    """A quote to sign. coverage + patient_remainder = total = the sum of all lines, or it is refused."""

    number: Text
    version: Annotated[int, Field(ge=1)] = 1
    issued_on: date
    valid_until: date
    case_number: Text
    seller: Seller
    patient: Patient
    prescription: PrescriptionReference
    base_lines: Annotated[tuple[QuoteLine, ...], Field(max_length=500)] = ()
    optional_lines: Annotated[tuple[QuoteLine, ...], Field(max_length=500)] = ()
    coverage: Price
    patient_remainder: Price
    total: Price
    vat_rate: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] | None = None
    """Per cent, already in the prices."""
    mentions: tuple[Annotated[str, StringConstraints(min_length=1, max_length=1000)], ...] = DEFAULT_QUOTE_MENTIONS

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if not self.base_lines and not self.optional_lines:
            raise ValueError("the quote has no line")
        base = total([line.total for line in self.base_lines])
        options = total([line.total for line in self.optional_lines])
        if self.total != base + options or self.coverage + self.patient_remainder != self.total:
            raise ValueError("the amounts do not add up")
        if self.coverage > base:
            raise ValueError("coverage is more than the base lines")
        if any(line.lppr_code is None for line in self.base_lines):
            raise ValueError("a base line has no LPPR code")
        if any(line.plv is not None and line.unit_price > line.plv for line in self.base_lines):
            raise ValueError("a base line's price is over its PLV")
        if self.valid_until < self.issued_on:
            raise ValueError("the quote ends before it begins")
        return self


class DeliveredItem(_Model):
    label: Text
    lppr_code: LpprCode | None = None
    serial_number: Text | None = None
    quantity: Annotated[int, Field(ge=1, le=9999)] = 1


class DeliveryNote(_Model):
    """A delivery to sign for. `delivery_address`: where it differs from the patient's.

    What is not known yet when it is printed, `delivered_on` and serial numbers, is written in by hand.
    """

    number: Text
    issued_on: date
    delivered_on: date | None = None
    case_number: Text
    quote_number: Text | None = None
    seller: Seller
    patient: Patient
    delivery_address: Address | None = None
    technician: Text | None = None
    items: Annotated[tuple[DeliveredItem, ...], Field(min_length=1, max_length=500)]
    statements: tuple[Annotated[str, StringConstraints(min_length=1, max_length=1000)], ...] = (
        DEFAULT_DELIVERY_STATEMENTS
    )
