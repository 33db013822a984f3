"""ClamAV over its INSTREAM command.

A client of our own, because the kept library reads from files only, speaks TCP only, and hops to a thread for every
kilobyte. The daemon must accept our largest file: `StreamMaxLength`, `MaxFileSize` and `MaxScanSize` of at least 64M,
and `AlertExceedsMax yes`, or it calls clean what it did not read.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

from documents.scanning.verdict import ScannerUnavailable, Verdict

DEFAULT_PORT: Final = 3310
_FRAME_BYTES = 256 * 1024
_REPLY_BYTES = 4096
_CONNECT_ATTEMPTS = 3
_CONNECT_PAUSE_S = 0.2
_REPLY = re.compile(r"stream: (?:OK|(?P<signature>[^\x00-\x1f]+) FOUND)")


class ClamdScanner:
    """One connection a scan. `url`: `tcp://host:3310` or `unix:///run/clamav/clamd.ctl`.

    connect_timeout_s: each of three attempts. timeout_s: each write, and the wait for the verdict after the last one.
    """

    name: Final = "clamav"

    def __init__(self, url: str, *, connect_timeout_s: float = 5.0, timeout_s: float = 120.0) -> None:
        self._host, self._port, self._path = _endpoint(url)
        self._connect_timeout_s = connect_timeout_s
        self._timeout_s = timeout_s

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        """See `Scanner.scan`. Connecting is tried again; a scan that breaks off is for the caller to repeat."""
        reader, writer = await self._connect()
        reply = asyncio.create_task(_reply(reader))
        try:
            await self._send(writer, chunks, reply)
            return _verdict(await self._answered(reply))
        finally:
            reply.cancel()
            await asyncio.gather(reply, return_exceptions=True)
            await _close(writer)

    async def ping(self) -> None:
        """Returns when the daemon answers; raises ScannerUnavailable."""
        reader, writer = await self._connect()
        reply = asyncio.create_task(_reply(reader))
        try:
            await self._write(writer, b"zPING\0", reply)
            if (answer := await self._answered(reply)) != "PONG":
                raise ScannerUnavailable(f"clamd answered a ping with {answer[:80]!r}")
        finally:
            reply.cancel()
            await asyncio.gather(reply, return_exceptions=True)
            await _close(writer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        failure: OSError | None = None
        for attempt in range(_CONNECT_ATTEMPTS):
            await asyncio.sleep(_CONNECT_PAUSE_S * attempt)
            try:
                async with asyncio.timeout(self._connect_timeout_s):
                    if self._path is not None:
                        return await asyncio.open_unix_connection(self._path, limit=_REPLY_BYTES)
                    return await asyncio.open_connection(self._host, self._port, limit=_REPLY_BYTES)
            except OSError as error:  # TimeoutError is one
                failure = error
        raise ScannerUnavailable("clamd cannot be reached") from failure

    async def _send(
        self, writer: asyncio.StreamWriter, chunks: AsyncIterator[bytes], reply: "asyncio.Task[str]"
    ) -> None:
        """Sends everything, or stops at the reply: the daemon speaks before the end only to refuse."""
        if not await self._write(writer, b"zINSTREAM\0", reply):
            return
        async for chunk in chunks:
            for at in range(0, len(chunk), _FRAME_BYTES):
                frame = chunk[at : at + _FRAME_BYTES]
                if not await self._write(writer, len(frame).to_bytes(4, "big") + frame, reply):
                    return
        await self._write(writer, b"\0\0\0\0", reply)

    async def _write(self, writer: asyncio.StreamWriter, data: bytes, reply: "asyncio.Task[str]") -> bool:
        """False when there is no more use in writing: the reply is there, or the connection is not."""
        if reply.done():
            return False
        try:
            writer.write(data)
            async with asyncio.timeout(self._timeout_s):
                await writer.drain()
        except TimeoutError as error:
            raise ScannerUnavailable("clamd stopped reading") from error
        except OSError:
            return False  # what it said before closing, if anything, is in `reply`
        return True

    async def _answered(self, reply: "asyncio.Task[str]") -> str:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await reply
        except asyncio.LimitOverrunError as error:
            raise ScannerUnavailable("clamd answered without end") from error
        except TimeoutError as error:
            raise ScannerUnavailable("clamd did not answer in time") from error
        except (asyncio.IncompleteReadError, OSError) as error:
            raise ScannerUnavailable("clamd closed the connection without a verdict") from error


async def _reply(reader: asyncio.StreamReader) -> str:
    return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace").strip()


def _verdict(reply: str) -> Verdict:
    if "size limit exceeded" in reply:
        raise ScannerUnavailable("clamd's StreamMaxLength is smaller than the file: set it to 64M")
    matched = _REPLY.fullmatch(reply)
    if matched is None:
        raise ScannerUnavailable(f"clamd answered {reply[:80]!r}")
    signature = matched["signature"]
    return Verdict((f"{ClamdScanner.name}.{signature}",) if signature else ())


def _endpoint(url: str) -> tuple[str, int, str | None]:
    """(host, port, None) or ("", 0, path); raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme == "tcp" and parts.hostname:
        return parts.hostname, parts.port or DEFAULT_PORT, None
    if parts.scheme == "unix" and parts.path and not parts.netloc:
        return "", 0, parts.path
    raise ValueError("CLAMD_URL is tcp://host:port or unix:///path")


async def _close(writer: asyncio.StreamWriter) -> None:
    # Not close(): it would wait for a daemon that reads no more to take what is still to be sent.
    writer.transport.abort()
    with contextlib.suppress(OSError):  # it may be gone already
        await writer.wait_closed()
