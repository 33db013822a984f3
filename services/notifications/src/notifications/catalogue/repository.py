"""Queries of template versions."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.catalogue.models import TemplateVersion
from notifications.catalogue.sources import Sources


async def keep(session: AsyncSession, template_id: str, version: str, files: Sources) -> None:
    """Store a version, unless it is stored."""
    values = {"template_id": template_id, "version": version, "files": dict(files)}
    await session.execute(insert(TemplateVersion).values(**values).on_conflict_do_nothing())


async def versions(session: AsyncSession, template_id: str) -> Sequence[TemplateVersion]:
    """The versions that messages were sent by, the latest first."""
    statement = select(TemplateVersion).where(TemplateVersion.template_id == template_id)
    return (await session.scalars(statement.order_by(TemplateVersion.first_sent_at.desc()))).all()


async def version(session: AsyncSession, template_id: str, wanted: str) -> TemplateVersion | None:
    return await session.get(TemplateVersion, (template_id, wanted))
