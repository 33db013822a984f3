"""Pricing the lines of a quote against the catalogue as it stood on the prescription's date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.errors import BrokenRule, Detail
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from cases.catalogue import repository as catalogue
from cases.catalogue.domain import in_force
from cases.catalogue.models import LPPRItem, Product
from cases.quotes.domain import above_ceiling, line_total
from cases.quotes.models import QuoteLineItem
from cases.quotes.schemas import NewLine


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What the lines of one quote refer to."""

    on: date
    products: dict[UUID, Product]
    named: dict[UUID, LPPRItem]
    current: dict[str, LPPRItem]
    """By code, the item in force on the day."""


async def price(session: AsyncSession, lines: Sequence[NewLine], on: date) -> list[QuoteLineItem]:
    """The lines as they are kept; `BrokenRule` naming every line that may not be as it is."""
    known = await _look_up(session, lines, on)
    priced: list[QuoteLineItem] = []
    problems: list[tuple[str, Detail]] = []
    for position, line in enumerate(lines):
        item = _item_of(line, known)
        if isinstance(item, LPPRItem):
            if above_ceiling(line.unit_price, item.max_price, optional=line.optional):
                item = _Problem("unitPrice", "BIZ_PRICE_ABOVE_CEILING", f"the ceiling is {item.max_price}")
            else:
                priced.append(_line(line, known.products[line.product_id], item, position))
                continue
        where = f"lines[{position}].{item.field}"
        problems.append((item.code, Detail(where, item.code.removeprefix("BIZ_"), item.message)))
    if problems:
        code = problems[0][0]
        raise BrokenRule("A line may not be quoted so", code=code, details=[detail for _, detail in problems])
    if all(line.optional for line in lines):
        detail = Detail("lines", "NO_BASE_LINE", "every line is optional")
        raise BrokenRule("A quote has a line that is reimbursed", code="BIZ_NO_BASE_LINE", details=[detail])
    return priced


async def _look_up(session: AsyncSession, lines: Sequence[NewLine], on: date) -> _Catalogue:
    products = await catalogue.products_with_families(session, {line.product_id for line in lines})
    named = await catalogue.lppr_items_by_id(session, {line.lppr_item_id for line in lines if line.lppr_item_id})
    codes = {mapping.code for product in products.values() for mapping in product.lppr_items}
    return _Catalogue(on, products, named, await catalogue.lppr_items_in_force(session, codes, on))


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why a line is refused: the field of it, a stable code, and words."""

    field: str
    code: str
    message: str


def _item_of(line: NewLine, known: _Catalogue) -> LPPRItem | _Problem:
    """What a line is reimbursed under: the item named, or the validity of the primary code that covers the day."""
    product = known.products.get(line.product_id)
    if product is None or not product.is_active:
        return _Problem("productId", "BIZ_PRODUCT_UNKNOWN", "no such product for sale")
    if line.lppr_item_id is not None:
        return _named_item(line.lppr_item_id, product, known)
    primary = [mapping for mapping in product.lppr_items if mapping.is_primary]
    chosen = primary or (product.lppr_items if len(product.lppr_items) == 1 else [])
    if not chosen:
        return _Problem("lpprItemId", "BIZ_LPPR_ITEM_NOT_MAPPED", "the product has no primary LPPR item")
    item = known.current.get(chosen[0].code)
    return item or _not_in_force(known.on)


def _named_item(item_id: UUID, product: Product, known: _Catalogue) -> LPPRItem | _Problem:
    item = known.named.get(item_id)
    if item is None or item.code not in {mapping.code for mapping in product.lppr_items}:
        return _Problem("lpprItemId", "BIZ_LPPR_ITEM_NOT_MAPPED", "the LPPR item is not one of the product's")
    return item if in_force(item.valid_from, item.valid_until, known.on) else _not_in_force(known.on)


def _not_in_force(on: date) -> _Problem:
    return _Problem("lpprItemId", "BIZ_LPPR_ITEM_NOT_IN_FORCE", f"not in force on {on}, the prescription's date")


def _line(line: NewLine, product: Product, item: LPPRItem, position: int) -> QuoteLineItem:
    return QuoteLineItem(
        id=new_id(),
        product_id=product.id,
        lppr_item_id=item.id,
        product_name=product.name,
        sku=product.sku,
        lppr_code=item.code,
        lppr_label=item.label,
        max_price=item.max_price,
        quantity=line.quantity,
        unit_price=line.unit_price,
        line_total=line_total(line.quantity, line.unit_price),
        optional=line.optional,
        sort_order=position,
    )
