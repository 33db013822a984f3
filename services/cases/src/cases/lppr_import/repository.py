"""Queries of imports, and the bulk changes they make to the catalogue."""

from collections.abc import Sequence
from uuid import UUID

from common.http.pages import after
from common.ids import new_id
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from cases.catalogue.models import LPPRItem
from cases.lppr_import.domain import Plan, Refusal, Validity
from cases.lppr_import.models import LpprImport, LpprImportRefusal

_DEFER = text("SET CONSTRAINTS ex_lppr_items_code_validity DEFERRED")
_UPDATE = (
    update(LPPRItem.__table__)  # type: ignore[arg-type]
    .where(LPPRItem.code == bindparam("of_code"), LPPRItem.valid_from == bindparam("of_start"))
    .values(
        label=bindparam("to_label"),
        category=bindparam("to_category"),
        max_price=bindparam("to_price"),
        valid_until=bindparam("to_end"),
    )
)


async def job(session: AsyncSession, import_id: UUID) -> LpprImport | None:
    return await session.get(LpprImport, import_id)


async def held(session: AsyncSession, import_id: UUID) -> LpprImport | None:
    """One for the job that runs it, held until the transaction ends."""
    return (await session.scalars(select(LpprImport).where(LpprImport.id == import_id).with_for_update())).one_or_none()


async def content(session: AsyncSession, import_id: UUID) -> bytes | None:
    return await session.scalar(select(LpprImport.content).where(LpprImport.id == import_id))


async def refusals(
    session: AsyncSession, import_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[LpprImportRefusal]:
    """The rows an import left out, those found last first."""
    wanted = select(LpprImportRefusal).where(LpprImportRefusal.import_id == import_id)
    return (await session.scalars(after(wanted, LpprImportRefusal.id, cursor, limit))).all()


async def add_refusals(session: AsyncSession, import_id: UUID, found: Sequence[Refusal]) -> None:
    rows = [
        {
            "id": new_id(),
            "import_id": import_id,
            "source": refusal.table,
            "row": refusal.row,
            "code": refusal.code,
            "reason": refusal.reason,
        }
        for refusal in found
    ]
    if rows:
        await session.execute(insert(LpprImportRefusal), rows)


async def present(session: AsyncSession, codes: Sequence[str]) -> dict[str, list[Validity]]:
    """What the catalogue has of these codes, oldest first."""
    found: dict[str, list[Validity]] = {code: [] for code in codes}
    columns = (
        LPPRItem.code,
        LPPRItem.label,
        LPPRItem.category,
        LPPRItem.max_price,
        LPPRItem.valid_from,
        LPPRItem.valid_until,
    )
    wanted = select(*columns).where(LPPRItem.code.in_(codes)).order_by(LPPRItem.code, LPPRItem.valid_from)
    for row in await session.execute(wanted):
        found[row.code].append(Validity(*row))
    return found


async def carry_out(session: AsyncSession, plan: Plan) -> None:
    """Make the catalogue agree; while it does, validities may overlap until the transaction ends."""
    await session.execute(_DEFER)
    connection = await session.connection()
    if plan.update:
        changes = [
            {
                "of_code": validity.code,
                "of_start": validity.valid_from,
                "to_label": validity.label,
                "to_category": validity.category,
                "to_price": validity.max_price,
                "to_end": validity.valid_until,
            }
            for validity in plan.update
        ]
        await connection.execute(_UPDATE, changes)
    for code, label in plan.relabel.items():
        await session.execute(update(LPPRItem).where(LPPRItem.code == code).values(label=label))
    if plan.create:
        rows = [
            {
                "id": new_id(),
                "code": validity.code,
                "label": validity.label,
                "category": validity.category,
                "max_price": validity.max_price,
                "valid_from": validity.valid_from,
                "valid_until": validity.valid_until,
            }
            for validity in plan.create
        ]
        await connection.execute(insert(LPPRItem.__table__), rows)  # type: ignore[arg-type]
