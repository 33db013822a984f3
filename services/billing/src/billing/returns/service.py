"""Use cases of return files."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.billing import ReturnIngestedV1
from common.contracts.enums import ReturnType
from common.contracts.jobs import IngestReturnV1
from common.errors import Conflict, InvalidInput, NotFound
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import policies
from billing.claims import repository as claims
from billing.returns import booking, repository
from billing.returns.models import ReturnEntry, ReturnFile, ReturnOrigin, ReturnStatus

_CHUNK = 1024 * 1024
_LINE_ENDS = b"\r\n"


class Upload(Protocol):
    """A file a client sent: read in pieces, and from the start again."""

    async def read(self, size: int = -1) -> bytes: ...
    async def seek(self, offset: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Content:
    """What a file is recognised by."""

    sha256: str
    content_sha256: str
    size: int


async def fingerprint(upload: Upload, return_type: ReturnType) -> Content:
    """Hash an upload in pieces; `InvalidInput` when it is empty."""
    raw, content, size = hashlib.sha256(), hashlib.sha256(), 0
    async for chunk in pieces(upload):
        raw.update(chunk)
        content.update(chunk.translate(None, _LINE_ENDS) if return_type is ReturnType.NOEMIE else chunk)
        size += len(chunk)
    if size == 0:
        raise InvalidInput("The file is empty", code="VAL_EMPTY_FILE")
    return Content(raw.hexdigest(), content.hexdigest(), size)


async def pieces(upload: Upload) -> AsyncIterator[bytes]:
    """The upload from its start, a mebibyte at a time."""
    await upload.seek(0)
    while chunk := await upload.read(_CHUNK):
        yield chunk


def storage_key(return_type: ReturnType, content: Content) -> str:
    """Where a file is kept: the same file always in the same place."""
    return f"{return_type.lower()}/{content.sha256}"


async def receive(
    session: AsyncSession, return_type: ReturnType, content: Content, *, origin: ReturnOrigin, received_by: UUID | None
) -> ReturnFile:
    """Take note of a file whose bytes are stored, and queue it. The same file is one return."""
    file = await repository.add_file(
        session,
        return_type=return_type,
        origin=origin,
        raw_file_storage_key=storage_key(return_type, content),
        sha256=content.sha256,
        content_sha256=content.content_sha256,
        size_bytes=content.size,
        status=ReturnStatus.RECEIVED,
        received_by=received_by,
        received_at=now(),
    )
    if file is not None:
        _queue(session, file)
        audit.record(session, "billing", "return.receive", "ReturnFile", file.id)
        return file
    known = await repository.file_of(session, return_type, content.sha256, content.content_sha256)
    if known.status is ReturnStatus.RECEIVED and known.failure_reason is not None:
        known.failure_reason = None
        _queue(session, known)
    return known


async def read(session: AsyncSession, actor: Actor, return_id: UUID) -> ReturnFile:
    """One file; `NotFound`."""
    policies.may_bill(actor)
    file = await repository.file(session, return_id)
    if file is None:
        raise NotFound("Return")
    audit.record(session, "billing", "return.read", "ReturnFile", file.id)
    return file


async def match(session: AsyncSession, actor: Actor, return_id: UUID, entry_id: UUID, claim_id: UUID) -> ReturnEntry:
    """Settle a parked entry with a claim chosen by a person."""
    policies.may_bill(actor)
    file = await repository.file(session, return_id, lock=True)
    entry = await repository.entry(session, return_id, entry_id) if file else None
    if file is None or entry is None:
        raise NotFound("Return entry")
    if file.status is ReturnStatus.RECEIVED:
        raise Conflict("The file is still being read", code="CLAIM_RETURN_NOT_PROCESSED")
    if entry.claim_id is not None:
        if entry.claim_id == claim_id:
            return entry
        raise Conflict("The entry has settled another claim", code="CLAIM_ENTRY_ALREADY_MATCHED")
    claim = await claims.claim(session, claim_id, lock=True)
    if claim is None:
        raise NotFound("Claim")
    if booking.parked_reason(claim) is not None:
        raise Conflict(f"A claim that is {claim.status} takes no return", code="CLAIM_INVALID_TRANSITION")
    entry.claim_id, entry.parked_reason = claim.id, None
    entry.matched_by, entry.matched_at = actor.user_id, now()
    await booking.settle(session, file, [(entry, claim)])
    await _count(session, file)
    change = audit.changed({"claimId": None}, {"claimId": str(claim.id)})
    audit.record(session, "billing", "return-entry.match", "ReturnEntry", entry.id, change)
    return entry


async def dated(session: AsyncSession, return_id: UUID, file_date: date | None) -> None:
    """Note the day the file says it was made."""
    file = await repository.file(session, return_id, lock=True)
    if file is not None:
        file.file_date = file_date


async def booked(session: AsyncSession, return_id: UUID, other_amounts: list[dict[str, Any]]) -> None:
    """All of the file is booked, once."""
    file = await repository.file(session, return_id, lock=True)
    if file is None or file.status is not ReturnStatus.RECEIVED:
        return
    file.processed_at = now()
    file.other_amounts = other_amounts
    await _count(session, file)
    ingested = ReturnIngestedV1(
        return_id=file.id,
        return_type=file.return_type,
        matched=file.matched_count,
        unmatched=file.unmatched_count,
    )
    outbox.record(session, ingested, of=file)
    change = audit.changed({"status": ReturnStatus.RECEIVED}, {"status": file.status})
    audit.record(session, "billing", "return.ingest", "ReturnFile", file.id, change)


async def refused(session: AsyncSession, return_id: UUID, reason: str, position: int) -> None:
    """The file is bad as a whole; its bytes are kept."""
    file = await repository.file(session, return_id, lock=True)
    if file is None or file.status is not ReturnStatus.RECEIVED:
        return
    file.status = ReturnStatus.FAILED
    file.failure_reason, file.failure_position = reason, position
    file.processed_at = now()
    change = audit.changed({"status": ReturnStatus.RECEIVED}, {"status": ReturnStatus.FAILED})
    audit.record(session, "billing", "return.refuse", "ReturnFile", file.id, change)


async def interrupted(session: AsyncSession, return_id: UUID, reason: str) -> None:
    """Reading was given up through no fault of the file; sent again, it is read again."""
    file = await repository.file(session, return_id, lock=True)
    if file is not None and file.status is ReturnStatus.RECEIVED:
        file.failure_reason = reason


async def _count(session: AsyncSession, file: ReturnFile) -> None:
    file.matched_count, file.unmatched_count = await repository.counts(session, file.id)
    file.status = ReturnStatus.PARTIALLY_MATCHED if file.unmatched_count else ReturnStatus.PROCESSED


def _queue(session: AsyncSession, file: ReturnFile) -> None:
    outbox.record(session, IngestReturnV1(return_id=file.id), of=file)
