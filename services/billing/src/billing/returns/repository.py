"""Queries of return files and their entries."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.contracts.enums import GatewayType, ReturnType
from common.http.pages import after
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from billing.returns.models import ClaimReturn, ReturnCursor, ReturnEntry, ReturnFile, ReturnStatus


async def file(session: AsyncSession, return_id: UUID, *, lock: bool = False) -> ReturnFile | None:
    statement = select(ReturnFile).where(ReturnFile.id == return_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).one_or_none()


async def add_file(session: AsyncSession, **values: Any) -> ReturnFile | None:
    """A new file; None when its content is known, also from a transaction that ran at the same time."""
    statement = insert(ReturnFile).values(**values).on_conflict_do_nothing().returning(ReturnFile)
    return (await session.scalars(statement)).one_or_none()


async def file_of(session: AsyncSession, return_type: ReturnType, sha256: str, content_sha256: str) -> ReturnFile:
    """The known file of that type and content, locked."""
    same: ColumnElement[bool] = (ReturnFile.sha256 == sha256) | (ReturnFile.content_sha256 == content_sha256)
    statement = (
        select(ReturnFile)
        .where(ReturnFile.return_type == return_type, same)
        .order_by(ReturnFile.id)
        .limit(1)
        .with_for_update()
    )
    return (await session.scalars(statement)).one()


async def files(
    session: AsyncSession, cursor: UUID | None, limit: int, *, status: ReturnStatus | None, unmatched: bool | None
) -> Sequence[ReturnFile]:
    statement = select(ReturnFile)
    if status is not None:
        statement = statement.where(ReturnFile.status == status)
    if unmatched is not None:
        waiting = ReturnFile.unmatched_count > 0
        statement = statement.where(waiting if unmatched else ~waiting)
    return (await session.scalars(after(statement, ReturnFile.id, cursor, limit))).all()


async def entry(session: AsyncSession, return_id: UUID, entry_id: UUID) -> ReturnEntry | None:
    statement = select(ReturnEntry).where(ReturnEntry.id == entry_id, ReturnEntry.return_file_id == return_id)
    return (await session.scalars(statement)).one_or_none()


async def entries(
    session: AsyncSession, return_id: UUID, *, after_position: int, limit: int, unmatched: bool | None
) -> Sequence[ReturnEntry]:
    """Entries in the order of the file, one more than `limit` when there are more."""
    statement = select(ReturnEntry).where(
        ReturnEntry.return_file_id == return_id, ReturnEntry.position > after_position
    )
    if unmatched is not None:
        statement = statement.where(ReturnEntry.claim_id.is_(None) if unmatched else ReturnEntry.claim_id.is_not(None))
    return (await session.scalars(statement.order_by(ReturnEntry.position).limit(limit + 1))).all()


async def known_positions(session: AsyncSession, return_id: UUID, positions: Sequence[int]) -> set[int]:
    """Those that are booked already."""
    statement = select(ReturnEntry.position).where(
        ReturnEntry.return_file_id == return_id, ReturnEntry.position.in_(positions)
    )
    return set(await session.scalars(statement))


async def counts(session: AsyncSession, return_id: UUID) -> tuple[int, int]:
    """How many entries of a file settled a claim, and how many did not."""
    statement = select(func.count(ReturnEntry.claim_id), func.count()).where(ReturnEntry.return_file_id == return_id)
    matched, all_of_them = (await session.execute(statement)).one()
    return matched, all_of_them - matched


async def claim_returns(session: AsyncSession, return_id: UUID, claim_ids: Sequence[UUID]) -> dict[UUID, ClaimReturn]:
    """The rows of these claims for one file, by claim."""
    statement = select(ClaimReturn).where(ClaimReturn.return_file_id == return_id, ClaimReturn.claim_id.in_(claim_ids))
    return {each.claim_id: each for each in await session.scalars(statement)}


async def cursor(session: AsyncSession, gateway_type: GatewayType) -> str | None:
    """The last return file taken in from a gateway's list."""
    return await session.scalar(select(ReturnCursor.last_id).where(ReturnCursor.gateway_type == gateway_type))


async def advance_cursor(session: AsyncSession, gateway_type: GatewayType, last_id: str) -> None:
    new = insert(ReturnCursor).values(gateway_type=gateway_type, last_id=last_id)
    set_ = {"last_id": new.excluded.last_id}
    await session.execute(new.on_conflict_do_update(index_elements=[ReturnCursor.gateway_type], set_=set_))
