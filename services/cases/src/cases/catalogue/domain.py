"""Rules of the catalogue."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, timedelta
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


class PriorAgreement(StrEnum):
    """Whether the fund has to agree before a device of a family is delivered, and by which procedure."""

    NONE = "NONE"
    STANDARD = "STANDARD"
    ON_QUOTE = "ON_QUOTE"


STANDARD_DELAY = timedelta(days=15)
ON_QUOTE_MONTHS = 2


def agreed_by_silence_at(submitted: datetime, procedures: Iterable[PriorAgreement]) -> datetime | None:
    """When the fund's silence on a complete file becomes its agreement; None where nothing needs one.

    15 days, or two months as soon as one device goes by the procedure on quote.
    """
    found = set(procedures)
    if PriorAgreement.ON_QUOTE in found:
        return _months_after(submitted, ON_QUOTE_MONTHS)
    return submitted + STANDARD_DELAY if PriorAgreement.STANDARD in found else None


def _months_after(moment: datetime, months: int) -> datetime:
    """The same day and time `months` later, or the last day of a month that has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


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
