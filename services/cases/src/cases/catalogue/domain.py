"""Rules of the catalogue."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from common.contracts.enums import ContractType

DEFAULT_FORFAIT = {ContractType.MANUAL: Decimal("260.00"), ContractType.ELECTRIC: Decimal("750.00")}
"""EUR a calendar year, where the LPPR item names no amount of its own."""


class FamilyCategory(StrEnum):
    MANUAL_WHEELCHAIR = "MANUAL_WHEELCHAIR"
    ELECTRIC_WHEELCHAIR = "ELECTRIC_WHEELCHAIR"
    ACCESSORY = "ACCESSORY"

    @property
    def contract_type(self) -> ContractType | None:
        """The maintenance forfait of a device of this category; an accessory has none."""
        if self is FamilyCategory.MANUAL_WHEELCHAIR:
            return ContractType.MANUAL
        return ContractType.ELECTRIC if self is FamilyCategory.ELECTRIC_WHEELCHAIR else None


class ProductSize(StrEnum):
    XS = "XS"
    S = "S"
    M = "M"
    L = "L"
    XL = "XL"


def annual_forfait(category: FamilyCategory, of_item: Decimal | None) -> Decimal | None:
    """EUR a year for maintaining a device of `category`; `of_item` is what its primary LPPR item says, if anything."""
    contract = category.contract_type
    if contract is None:
        return None
    return DEFAULT_FORFAIT[contract] if of_item is None else of_item


def in_force(valid_from: date, valid_until: date | None, on: date) -> bool:
    """Whether a validity, both ends included, covers the day."""
    return valid_from <= on and (valid_until is None or on <= valid_until)
