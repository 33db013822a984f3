"""The archive of an export: a ZIP file sent piece by piece, as its parts are gathered."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson
from common.clock import now

from identity.rights.gathering import OK, Part, parts
from identity.rights.neighbours import Caller, NotReadable

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


async def document(own: dict[str, Any], caller: Caller, patient_id: UUID, *, in_person: bool) -> dict[str, Any]:
    """The export as one JSON document, without the documents' contents."""
    found = dict(own)
    told = [_told(Part(name)) for name in own]
    async for part in parts(caller, patient_id, in_person=in_person):
        found[part.name] = part.items
        told.append(_told(part))
    return {"manifest": _manifest(patient_id, told), **found}


async def archive(own: dict[str, Any], caller: Caller, patient_id: UUID, *, in_person: bool) -> AsyncIterator[bytes]:
    """The export as a ZIP file: `<part>.json` each, the documents under `files/`, and `manifest.json` at the end, which
    tells whether every part could be read."""
    outlet = _Outlet()
    told = [_told(Part(name)) for name in own]
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in own.items():
            target.writestr(f"{name}.json", _json(content))
        yield outlet.take()
        async for part in parts(caller, patient_id, in_person=in_person):
            target.writestr(f"{part.name}.json", _json(part.items))
            told.append(_told(part))
            yield outlet.take()
            for item in part.items if part.name == "documents" else ():
                async for chunk in _file(target, outlet, caller, item, told):
                    yield chunk
        target.writestr("manifest.json", _json(_manifest(patient_id, told)))
    yield outlet.take()


async def _file(
    target: zipfile.ZipFile, outlet: _Outlet, caller: Caller, item: dict[str, Any], told: list[dict[str, Any]]
) -> AsyncIterator[bytes]:
    """One document's content, in chunks; what cannot be had is told in the manifest."""
    name = f"files/{item['id']}-{_harmless(item['filename'])}"
    if item["scanStatus"] != _CLEAN:
        told.append({"name": name, "status": "NOT_CLEAN"})
        return
    try:
        async with caller.content(item["id"]) as chunks:
            with target.open(name, "w", force_zip64=True) as entry:
                async for chunk in chunks:
                    entry.write(chunk)
                    yield outlet.take()
        told.append({"name": name, "status": OK})
    except NotReadable as error:
        told.append({"name": name, "status": error.status})
    yield outlet.take()


def _harmless(filename: str) -> str:
    """A file name that stays inside its folder wherever the archive is unpacked."""
    kept = "".join(c if c.isalnum() or c in "._- " else "_" for c in filename).strip(" .")
    return kept[-100:] or "document"


def _told(part: Part) -> dict[str, Any]:
    return {"name": part.name, "status": part.status, "items": len(part.items)}


def _manifest(patient_id: UUID, told: list[dict[str, Any]]) -> dict[str, Any]:
    """`complete` is false when something could not be read: then ask again, or ask COMPLIANCE_ADMIN."""
    complete = all(one["status"] in {OK, "NOT_CLEAN"} for one in told)
    return {"patientId": str(patient_id), "exportedAt": now().isoformat(), "complete": complete, "parts": told}


def _json(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)
