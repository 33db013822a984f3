"""Is a server ready? Asked by URL, so that what to ask can be written down and asked again by another process.

`http://…` must answer 200, `postgresql://…` must run a query, `valkey://…` and `clamd://…` must answer PING.
"""

import asyncio
from urllib.parse import unquote, urlsplit

import asyncpg

_TIMEOUT = 2.0  # seconds
_LONGEST_ANSWER = 1 << 16


async def probe(url: str) -> str | None:
    """None when the server behind the URL is ready, else the reason it is not. ValueError for another scheme."""
    parts = urlsplit(url)
    match parts.scheme:
        case "http":
            return await _http(url)
        case "postgresql":
            return await _postgres(url)
        case "valkey":
            return await _valkey(parts.hostname or "", parts.port or 6379, unquote(parts.password or ""))
        case "clamd":
            return await _clamd(parts.hostname or "", parts.port or 3310)
    raise ValueError(f"no probe for {parts.scheme}://")


async def _http(url: str) -> str | None:
    # By hand: a client library takes longer to load and to set up than the whole answer takes.
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(_TIMEOUT):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            try:
                writer.write(f"GET {parts.path or '/'} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode())
                answer = await reader.read(_LONGEST_ANSWER)
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        return f"{type(error).__name__}: {error}".rstrip(": ")
    head, _, body = answer.decode(errors="replace").partition("\r\n\r\n")
    status = head.split("\r\n", 1)[0].split(" ", 1)[-1]
    return None if status.startswith("200") else f"HTTP {status or 'without an answer'}: {body[:200]}".rstrip(": ")


async def _postgres(url: str) -> str | None:
    try:
        connection = await asyncpg.connect(url, timeout=_TIMEOUT)
        try:
            await connection.fetchval("SELECT 1", timeout=_TIMEOUT)
        finally:
            await connection.close(timeout=_TIMEOUT)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"{type(error).__name__}: {error}"
    return None


async def _valkey(host: str, port: int, password: str) -> str | None:
    try:
        async with asyncio.timeout(_TIMEOUT):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                if password:
                    writer.write(f"*2\r\n$4\r\nAUTH\r\n${len(password.encode())}\r\n{password}\r\n".encode())
                    answer = await reader.readline()
                    if not answer.startswith(b"+OK"):
                        return answer.decode().strip()
                writer.write(b"PING\r\n")
                answer = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        return f"{type(error).__name__}: {error}".rstrip(": ")
    return None if answer.startswith(b"+PONG") else answer.decode().strip() or "closed the connection"


async def _clamd(host: str, port: int) -> str | None:
    try:
        async with asyncio.timeout(_TIMEOUT):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"zPING\0")
                answer = await reader.read(_LONGEST_ANSWER)
            finally:
                writer.close()
    except (OSError, TimeoutError) as error:
        return f"{type(error).__name__}: {error}".rstrip(": ")
    return None if answer == b"PONG\0" else answer.decode(errors="replace").strip() or "closed the connection"
