"""HTTP bodies of imports."""

from uuid import UUID

from common.http import Schema, UtcDateTime

from cases.lppr_import.domain import ImportStatus, RefusalReason


class ImportBody(Schema):
    """`created`, `updated`, `unchanged` and `refused` count rows; `codes_done` of `codes` is the progress."""

    id: UUID
    status: ImportStatus
    size_bytes: int
    sha256_hash: str
    rows: int
    codes: int
    codes_done: int
    created: int
    updated: int
    unchanged: int
    refused: int
    failure_reason: str | None
    created_by: UUID
    created_at: UtcDateTime
    started_at: UtcDateTime | None
    finished_at: UtcDateTime | None


class RefusalBody(Schema):
    """`row` counts from 1 in the table `source`."""

    id: UUID
    source: str
    row: int
    code: str
    reason: RefusalReason
