"""Finding the tables of an export: in its zip, or sent alone."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from cases.lppr_import.dbf import MAX_TABLE_BYTES, VERSIONS, DbfError, DbfTable
from cases.lppr_import.domain import FICHE, FICHE_COLUMNS, HISTORY, HISTORY_COLUMNS, ImportRefused

ZIP_MAGIC = b"PK\x03\x04"
_MAX_MEMBERS = 100
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, NotImplementedError, RuntimeError, OSError, ValueError),
)
"""What `zipfile` raises over a broken, encrypted or exotic archive."""


def looks_like_export(start: bytes) -> bool:
    """Whether a file that begins so may be a zip or a DBF table."""
    return start.startswith(ZIP_MAGIC) or (len(start) > 0 and start[0] in VERSIONS)


@contextmanager
def tables(content: bytes) -> Iterator[dict[str, DbfTable]]:
    """The tables of an export by name, their headers read, their columns checked; `ImportRefused` when it is none."""
    try:
        if content.startswith(ZIP_MAGIC):
            with _readable():
                archive = zipfile.ZipFile(io.BytesIO(content))
            with archive:
                yield _of_zip(archive)
        else:
            yield _alone(content)
    except DbfError as error:
        raise ImportRefused(str(error)) from error


@contextmanager
def _readable() -> Iterator[None]:
    """Around what `zipfile` does, and nothing else: a mistake of ours is not the archive's fault."""
    try:
        yield
    except _UNREADABLE as error:
        raise ImportRefused(f"the archive cannot be read: {error}") from error


class _Member:
    """A member of an archive, unpacked as it is read."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        with _readable():
            self._unpacked = archive.open(member)

    def read(self, size: int, /) -> bytes:
        with _readable():
            return self._unpacked.read(size)


def _of_zip(archive: zipfile.ZipFile) -> dict[str, DbfTable]:
    members = archive.infolist()
    if len(members) > _MAX_MEMBERS:
        raise ImportRefused(f"the archive has more than {_MAX_MEMBERS} members")
    found: dict[str, DbfTable] = {}
    for member in members:
        path = PurePosixPath(member.filename.lower())
        name = next((name for name in (FICHE, HISTORY) if path.name.startswith(name)), None)
        if name is None or path.suffix != ".dbf":
            continue
        if name in found:
            raise ImportRefused(f"the archive has two tables {name}")
        # zipfile never gives more than the size declared here, and checks what it gives by its CRC.
        if member.file_size > MAX_TABLE_BYTES:
            raise ImportRefused(f"{name} is larger than {MAX_TABLE_BYTES} bytes")
        found[name] = DbfTable(_Member(archive, member))
    if HISTORY not in found:
        raise ImportRefused(f"the archive has no table {HISTORY}")
    for name, table in found.items():
        _require_columns(name, table)
    return found


def _alone(content: bytes) -> dict[str, DbfTable]:
    table = DbfTable(io.BytesIO(content))
    name = FICHE if "NOM_COURT" in table.columns else HISTORY
    _require_columns(name, table)
    return {name: table}


def _require_columns(name: str, table: DbfTable) -> None:
    missing = set(FICHE_COLUMNS if name == FICHE else HISTORY_COLUMNS) - table.columns
    if missing:
        raise ImportRefused(f"{name} has no column {', '.join(sorted(missing))}")
