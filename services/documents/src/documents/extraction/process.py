"""Running the reader, and stopping it."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from tempfile import NamedTemporaryFile
from typing import Any, Final

import orjson

from documents.content import MediaType

_INHERITED: Final = ("PATH", "LANG", "TESSDATA_PREFIX", "TMPDIR")
_ONE_THREAD: Final = {"OMP_THREAD_LIMIT": "1"}
"""For tesseract: five documents at a time are threads enough."""
_GRACE_SECONDS: Final = 30


class Source(StrEnum):
    """Where a text comes from. NONE: there is none, or nobody to recognise it."""

    TEXT_LAYER = "TEXT_LAYER"
    OCR = "OCR"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Reading:
    """`thumbnail` is a PNG; `layout` has `{widthMm, heightMm, dpi, blank}` for each page of a PDF."""

    source: Source
    pages: int
    text: str
    thumbnail: bytes | None
    layout: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost."""

    cpu_seconds: int = 60
    memory_bytes: int = 1024 * 1024 * 1024


async def read(chunks: AsyncIterator[bytes], media_type: MediaType, limits: Limits) -> Reading | None:
    """What a document says; None when it cannot be read within `limits`. What `chunks` raises passes through."""
    with NamedTemporaryFile(prefix="read-") as file:
        async for chunk in chunks:
            file.write(chunk)
        file.flush()
        output = await _run(file.name, media_type, limits)
    if output is None:
        return None
    found = orjson.loads(output)
    thumbnail = base64.b64decode(found["thumbnail"]) if found["thumbnail"] else None
    return Reading(Source(found["source"]), found["pages"], found["text"], thumbnail, found["layout"])


async def _run(path: str, media_type: MediaType, limits: Limits) -> bytes | None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "documents.extraction.reader"),
        *(path, media_type.value, str(limits.cpu_seconds), str(limits.memory_bytes)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**{name: os.environ[name] for name in _INHERITED if name in os.environ}, **_ONE_THREAD},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limits.cpu_seconds + _GRACE_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        return None
    finally:
        await _end(process)
    return output if process.returncode == 0 else None


async def _end(process: asyncio.subprocess.Process) -> None:
    """With what it started: its session is its own."""
    if process.returncode is None:
        os.killpg(process.pid, 9)
        await process.wait()
