"""Queries of reports."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.reports.domain import Report
from notifications.reports.models import ProviderReport


async def add_once(session: AsyncSession, report: Report) -> bool:
    """Whether the report was not known before."""
    statement = insert(ProviderReport).values(**asdict(report)).on_conflict_do_nothing()
    return await session.scalar(statement.returning(ProviderReport.event)) is not None


async def of_message(session: AsyncSession, provider: str, external_id: str) -> Sequence[ProviderReport]:
    """What was reported of a message, in the order it came."""
    statement = select(ProviderReport).where(
        ProviderReport.provider == provider, ProviderReport.external_id == external_id
    )
    return (await session.scalars(statement.order_by(ProviderReport.received_at))).all()


async def forget_before(session: AsyncSession, moment: datetime) -> None:
    """Delete what was received before that moment."""
    await session.execute(delete(ProviderReport).where(ProviderReport.received_at < moment))
