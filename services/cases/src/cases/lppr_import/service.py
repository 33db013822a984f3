"""Use cases of imports."""

import asyncio
import hashlib
from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.jobs import ImportLpprV1
from common.db import Database
from common.errors import InvalidInput, NotFound
from common.events import outbox
from common.ids import new_id
from sqlalchemy.ext.asyncio import AsyncSession

from cases.catalogue import policies
from cases.lppr_import import repository
from cases.lppr_import.archive import looks_like_export, tables
from cases.lppr_import.domain import (
    FICHE,
    FICHE_COLUMNS,
    HISTORY,
    HISTORY_COLUMNS,
    Export,
    ImportRefused,
    ImportStatus,
    Plan,
    plan,
    read_fiches,
    read_history,
)
from cases.lppr_import.models import LpprImport

CODES_AT_ONCE = 500
"""How many codes one transaction brings up to date."""
_OVER = frozenset({ImportStatus.DONE, ImportStatus.FAILED})


async def receive(session: AsyncSession, actor: Actor, content: bytes) -> LpprImport:
    """Keep an uploaded export and queue its import; `InvalidInput` for what is neither a zip nor a DBF table."""
    policies.may_change_lppr_items(actor)
    if not looks_like_export(content[:4]):
        raise InvalidInput("The file is neither a zip nor a DBF table", code="VAL_LPP_FILE")
    made = LpprImport(
        id=new_id(),
        sha256_hash=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        content=content,
        created_by=actor.user_id,
    )
    session.add(made)
    await session.flush()
    outbox.record(session, ImportLpprV1(import_id=made.id), of=made.id)
    audit.record(session, "cases", "lppr-import.create", "LpprImport", made.id)
    return made


async def read(session: AsyncSession, actor: Actor, import_id: UUID) -> LpprImport:
    """How far an import is; `NotFound`."""
    policies.may_change_lppr_items(actor)
    found = await repository.job(session, import_id)
    if found is None:
        raise NotFound("Import")
    return found


async def run(database: Database, import_id: UUID) -> None:
    """Bring the catalogue up to date by an export, some codes a transaction; safe to run again at any point."""
    try:
        export = await _begin(database, import_id)
    except ImportRefused as refused:
        await fail(database, import_id, str(refused))
        return
    if export is not None:
        while await _some_codes(database, import_id, export):
            pass


async def _begin(database: Database, import_id: UUID) -> Export | None:
    """The export, read and its bad rows kept; None when the import is over."""
    async with database.transaction() as session:
        content = await repository.content(session, import_id)
    if content is None:
        return None
    export = await asyncio.to_thread(read_export, content)
    async with database.transaction() as session:
        job = await repository.held(session, import_id)
        if job is None or job.status in _OVER:
            return None
        if job.status is ImportStatus.QUEUED:
            job.status, job.started_at = ImportStatus.RUNNING, now()
            job.rows, job.codes, job.refused = export.rows, len(export.codes), len(export.refusals)
            await repository.add_refusals(session, import_id, export.refusals)
    return export


def read_export(content: bytes) -> Export:
    """What a file says; `ImportRefused` when it says nothing that can be trusted."""
    export = Export()
    with tables(content) as found:
        if FICHE in found:
            read_fiches(found[FICHE].rows(*FICHE_COLUMNS), export)
        if HISTORY in found:
            read_history(found[HISTORY].rows(*HISTORY_COLUMNS), export)
    return export


async def _some_codes(database: Database, import_id: UUID, export: Export) -> bool:
    """The next codes, in one transaction; whether there may be more."""
    async with database.transaction() as session:
        job = await repository.held(session, import_id)
        if job is None or job.status in _OVER:
            return False
        codes = [code for code in export.codes if job.last_code is None or code > job.last_code][:CODES_AT_ONCE]
        if not codes:
            job.status, job.finished_at, job.content = ImportStatus.DONE, now(), None
            audit.record(session, "cases", "lppr-import.done", "LpprImport", job.id)
            return False
        todo = Plan()
        present = await repository.present(session, codes)
        for code in codes:
            plan(export, code, present[code], todo)
        await repository.carry_out(session, todo)
        await repository.add_refusals(session, import_id, todo.refusals)
        job.created += len(todo.create)
        job.updated += len(todo.update)
        job.unchanged += todo.unchanged
        job.refused += len(todo.refusals)
        job.codes_done += len(codes)
        job.last_code = codes[-1]
    return True


async def fail(database: Database, import_id: UUID, reason: str) -> None:
    """End an import that cannot be done; what it changed before stays."""
    async with database.transaction() as session:
        job = await repository.held(session, import_id)
        if job is not None and job.status not in _OVER:
            job.status, job.finished_at, job.content = ImportStatus.FAILED, now(), None
            job.failure_reason = reason[:500]
            audit.record(session, "cases", "lppr-import.fail", "LpprImport", job.id)
