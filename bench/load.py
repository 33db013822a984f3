"""A load generator of our own: keep-alive HTTP/1.1 over raw sockets, so that it costs less than what it measures.

`python -m bench.load [--body JSON] URL SECONDS CONNECTIONS [HEADER…]` prints `{"rate", "p50", "p99", "errors"}`: times
in ms, errors by status. With a body it is posted.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any, cast
from urllib.parse import urlsplit

import uvloop

from bench.report import percentile


class _Connection(asyncio.Protocol):
    """Sends the same request again as soon as it is answered."""

    def __init__(self, request: bytes, until: float, times: list[float]) -> None:
        self._transport: asyncio.Transport
        self._request = request
        self._until = until
        self._times = times
        self._buffer = b""
        self._sent = 0.0
        self.errors: Counter[str] = Counter()
        self.done = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        marker = head.lower().index(b"content-length: ") + 16
        length = int(head[marker : (head + b"\r").index(b"\r", marker)])
        if len(body) < length:
            return
        self._buffer = b""
        self._times.append(time.perf_counter() - self._sent)
        if not head.startswith(b"HTTP/1.1 20"):
            self.errors[head[9:12].decode()] += 1
        if time.perf_counter() < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        self.done.set()


async def load(url: str, seconds: float, connections: int, headers: list[str], body: str) -> dict[str, Any]:
    """Ask for `url`, or post `body` to it, as often as it is answered."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [f"{'POST' if body else 'GET'} {target} HTTP/1.1", f"Host: {parts.netloc}", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    request = "\r\n".join([*lines, "", body]).encode()
    times: list[float] = []
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(
            lambda: _Connection(request, started + seconds, times), parts.hostname or "", parts.port or 80
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done.wait() for _, connection in made))
    took = time.perf_counter() - started
    return {
        "rate": len(times) / took,
        "p50": percentile(times, 0.5) * 1000,
        "p99": percentile(times, 0.99) * 1000,
        "errors": sum((connection.errors for _, connection in made), Counter()),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--body", default="")
    parser.add_argument("url")
    parser.add_argument("seconds", type=float)
    parser.add_argument("connections", type=int)
    parser.add_argument("headers", nargs="*")
    given = parser.parse_args()
    answer = uvloop.run(load(given.url, given.seconds, given.connections, given.headers, given.body))
    sys.stdout.write(json.dumps(answer) + "\n")
