"""The archive of an export: a ZIP file sent piece by piece, as its parts are gathered."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import orjson
from common.clock import now
from common.http.client import ServiceClient

from identity.rights.domain import NOT_CLEAN
from identity.rights.gathering import OK, Subject, parts
from identity.rights.neighbours import Caller, NotReadable
from identity.rights.progress import Progress

_CLEAN = "CLEAN"


class _Outlet(io.RawIOBase):
    """What a ZIP file is written to: holds what was written until it is taken, and is never rewound."""

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


async def document(
    own: dict[str, Any], caller: Caller, services: ServiceClient, subject: Subject, progress: Progress
) -> dict[str, Any]:
    """The export as one JSON document, without the documents' contents."""
    found = dict(own)
    async with progress:
        async for part in parts(caller, services, subject):
            found[part.name] = part.items
            await progress.take(part)
    return {"manifest": _manifest(subject, progress), **found}


async def archive(
    own: dict[str, Any], caller: Caller, services: ServiceClient, subject: Subject, progress: Progress
) -> AsyncIterator[bytes]:
    """The export as a ZIP file: `<part>.json` each, the documents under `files/`, and `manifest.json` at the end, which
    tells whether every part could be read."""
    outlet = _Outlet()
    async with progress:
        with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in own.items():
                target.writestr(f"{name}.json", _json(content))
            yield outlet.take()
            async for part in parts(caller, services, subject):
                target.writestr(f"{part.name}.json", _json(part.items))
                yield outlet.take()
                for item in part.items if part.name == "documents" else ():
                    async for chunk in _file(target, outlet, caller, item, progress):
                        yield chunk
                await progress.take(part)
            target.writestr("manifest.json", _json(_manifest(subject, progress)))
        yield outlet.take()


async def _file(
    target: zipfile.ZipFile, outlet: _Outlet, caller: Caller, item: dict[str, Any], progress: Progress
) -> AsyncIterator[bytes]:
    """One document's content, in chunks; what cannot be had is told in the manifest."""
    name = f"files/{item['id']}-{_harmless(item['filename'])}"
    if item["scanStatus"] != _CLEAN:
        progress.take_file(name, NOT_CLEAN)
        return
    try:
        async with caller.content(item["id"]) as chunks:
            with target.open(name, "w", force_zip64=True) as entry:
                async for chunk in chunks:
                    entry.write(chunk)
                    yield outlet.take()
        progress.take_file(name, OK)
    except NotReadable as error:
        progress.take_file(name, error.status)
    yield outlet.take()


def _harmless(filename: str) -> str:
    """A file name that stays inside its folder wherever the archive is unpacked."""
    kept = "".join(c if c.isalnum() or c in "._- " else "_" for c in filename).strip(" .")
    return kept[-100:] or "document"


def _manifest(subject: Subject, progress: Progress) -> dict[str, Any]:
    """`complete` is false when something could not be read: then ask again, or ask COMPLIANCE_ADMIN."""
    return {
        "patientId": str(subject.patient_id),
        "exportedAt": now().isoformat(),
        "complete": progress.whole,
        "parts": progress.told,
    }


def _json(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)
