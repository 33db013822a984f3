"""The client against the real daemon where it is installed, and against servers that misbehave."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from common.auth import Actor
from common.servers import Clamd, free_port, start
from documents.scanning import ClamdScanner, ScannerUnavailable, ScanStatus, make_scanner

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAND" + rb"ARD-ANTIVIRUS-TEST-FILE!$H+H*"
MARKER = b"known to clamd alone"

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def chunks_of(data: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield bytes(65_536)


# --- the real daemon -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    """clamd with two signatures (the test file's MD5, a marker) and a stream limit of 1 MiB."""
    if Clamd.binary() is None:
        pytest.skip("clamd is not installed (Debian: apt-get install clamav-daemon)")
    signatures = {
        "eicar.hdb": "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature",
        "marker.ndb": f"Known.To.Clamd.Alone:0:*:{MARKER.hex()}",
    }
    clamd = Clamd(tmp_path_factory.mktemp("clamd"), free_port(), signatures, stream_limit="1M")
    running = start([clamd.server()])
    yield clamd
    running.stop()


async def test_the_daemon_answers_a_ping(daemon: Clamd) -> None:
    await ClamdScanner(daemon.url).ping()
    await ClamdScanner(daemon.socket_url).ping()


@pytest.mark.parametrize("chunk", [1, 7, 65_536])
async def test_the_daemon_finds_the_eicar_file(daemon: Clamd, chunk: int) -> None:
    for url in (daemon.url, daemon.socket_url):
        verdict = await ClamdScanner(url).scan(chunks_of(EICAR, chunk))
        assert verdict.status is ScanStatus.INFECTED
        assert verdict.signatures[0].startswith("clamav.Eicar-Test-Signature")


async def test_the_daemon_calls_other_files_clean(daemon: Clamd) -> None:
    scanner = ClamdScanner(daemon.url)
    for data in (b"", b"Bonjour", bytes(1024 * 1024)):
        assert (await scanner.scan(chunks_of(data))).status is ScanStatus.CLEAN


async def test_scans_at_once_do_not_mix(daemon: Clamd) -> None:
    scanner = ClamdScanner(daemon.url)
    verdicts = await asyncio.gather(*(scanner.scan(chunks_of(EICAR if n % 2 else b"Bonjour")) for n in range(12)))
    assert [verdict.status is ScanStatus.INFECTED for verdict in verdicts] == [bool(n % 2) for n in range(12)]


async def test_a_file_over_the_daemons_limit_has_no_verdict(daemon: Clamd) -> None:
    with pytest.raises(ScannerUnavailable):
        await ClamdScanner(daemon.url).scan(chunks_of(bytes(20 * 1024 * 1024)))


# --- servers that misbehave ------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def serving(behaviour: Behaviour) -> AsyncIterator[str]:
    """A TCP server that does `behaviour` with each connection; gives its URL."""

    handlers: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whatever the client does, this end says nothing of it: the tests look at the client.
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await behaviour(reader, writer)
        finally:
            writer.close()

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.create_task(handle(reader, writer)))

    server = await asyncio.start_server(start, "127.0.0.1", 0)
    try:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)


async def received(reader: asyncio.StreamReader) -> bytes:
    """What a client streams, up to its end mark."""
    assert await reader.readexactly(10) == b"zINSTREAM\0"
    content = b""
    while size := int.from_bytes(await reader.readexactly(4), "big"):
        content += await reader.readexactly(size)
    return content


def answering(reply: bytes) -> Behaviour:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await received(reader)
        writer.write(reply)
        await writer.drain()

    return behave


async def test_the_file_arrives_whole_in_frames() -> None:
    seen: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await received(reader))
        writer.write(b"stream: OK\0")

    data = bytes(range(256)) * 4000
    async with serving(behave) as url:
        verdict = await ClamdScanner(url).scan(chunks_of(data, 700_000))
    assert seen == [data]
    assert verdict.status is ScanStatus.CLEAN


async def test_a_signature_with_spaces_is_kept_whole() -> None:
    async with serving(answering(b"stream: Heuristics.Limits.Exceeded.MaxFileSize (x y) FOUND\0")) as url:
        verdict = await ClamdScanner(url).scan(chunks_of(b"x"))
    assert verdict.signatures == ("clamav.Heuristics.Limits.Exceeded.MaxFileSize (x y)",)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"", "without a verdict"),
        (b"stream: OK", "without a verdict"),
        (b"garbage\0", "garbage"),
        (b"\xff\xfe\0", "answered"),
        (b"\0", "answered"),
        (b"stream: OK FOUND OK\0", "answered"),
        (b"other: OK\0", "answered"),
        (b"stream: Can't allocate memory ERROR\0", "allocate memory"),
        (b"INSTREAM size limit exceeded. ERROR\0", "StreamMaxLength"),
        (b"x" * 10_000 + b"\0", "without end"),
    ],
)
async def test_an_answer_that_is_no_verdict_is_never_clean(reply: bytes, said: str) -> None:
    async with serving(answering(reply)) as url:
        with pytest.raises(ScannerUnavailable, match=said):
            await ClamdScanner(url).scan(chunks_of(b"Bonjour"))


async def test_a_refusal_before_the_end_stops_the_upload() -> None:
    async def refuse_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1000)
        writer.write(b"INSTREAM size limit exceeded. ERROR\0")
        await writer.drain()
        while await reader.read(65_536):
            pass

    async with serving(refuse_early) as url:
        with pytest.raises(ScannerUnavailable, match="StreamMaxLength"):
            await ClamdScanner(url).scan(endless())


@pytest.mark.parametrize("abrupt", [True, False])
async def test_a_connection_closed_early_stops_the_upload(abrupt: bool) -> None:
    async def close_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1000)
        if abrupt:
            writer.transport.abort()

    async with serving(close_early) as url:
        with pytest.raises(ScannerUnavailable):
            await ClamdScanner(url).scan(endless())


async def test_a_daemon_that_never_answers_is_given_up() -> None:
    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            pass

    async with serving(wait) as url:
        with pytest.raises(ScannerUnavailable, match="in time"):
            await ClamdScanner(url, timeout_s=0.05).scan(chunks_of(b"x"))


async def test_a_daemon_that_never_reads_is_given_up() -> None:
    async def sleep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    async with serving(sleep) as url:
        with pytest.raises(ScannerUnavailable, match="stopped reading"):
            await ClamdScanner(url, timeout_s=0.05).scan(endless())


async def test_a_slow_source_is_waited_for() -> None:
    async def slow() -> AsyncIterator[bytes]:
        for _ in range(4):
            await asyncio.sleep(0.3)
            yield b"x"

    async with serving(answering(b"stream: OK\0")) as url:
        assert (await ClamdScanner(url, timeout_s=1).scan(slow())).status is ScanStatus.CLEAN


async def test_a_daemon_that_comes_back_is_reached_again() -> None:
    port = free_port()
    scan = asyncio.create_task(ClamdScanner(f"tcp://127.0.0.1:{port}").scan(chunks_of(b"x")))
    await asyncio.sleep(0.05)

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answering(b"stream: OK\0")(reader, writer)
        writer.close()

    async with await asyncio.start_server(behave, "127.0.0.1", port):
        assert (await scan).status is ScanStatus.CLEAN


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:1", "unix:///nonexistent/clamd.ctl", "tcp://nowhere.invalid"])
async def test_a_daemon_that_is_not_there_gives_no_verdict(url: str) -> None:
    with pytest.raises(ScannerUnavailable, match="cannot be reached"):
        await ClamdScanner(url).scan(chunks_of(b"x"))


@pytest.mark.parametrize("url", ["", "http://host:3310", "tcp://", "unix://host/path", "/run/clamd.ctl", "tcp://h:x"])
def test_a_url_that_names_no_daemon_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValueError, match=r"CLAMD_URL|Port"):
        ClamdScanner(url)


async def test_an_error_of_the_source_passes_through() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionResetError("storage")

    async with serving(answering(b"stream: OK\0")) as url:
        with pytest.raises(ConnectionResetError, match="storage"):
            await ClamdScanner(url).scan(broken())


async def test_what_only_the_daemon_knows_is_quarantined_on_the_whole_way(
    daemon: Clamd, working_desk: Any, patient: Actor
) -> None:
    desk = working_desk
    desk.running.resources.__dict__["scanner"] = make_scanner(daemon.socket_url)
    statuses = []
    for content in (b"nothing in it", MARKER):
        document = await desk.scanned(patient, b"%PDF-1.7\n" + content + b"\n%%EOF\n")
        statuses.append(document["scanStatus"])
    assert statuses == ["CLEAN", "INFECTED"]
    assert await desk.status(patient, "GET", f"/documents/{document['id']}/download") == 409
    assert (await desk.stored(document["id"]))[1].startswith("quarantine/")
