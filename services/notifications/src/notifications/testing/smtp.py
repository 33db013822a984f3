"""A small SMTP server over real sockets, which answers as a test tells it to."""

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

OK = "250 OK"


@dataclass
class FakeRelay:
    """`answers` replaces the reply to a verb (`MAIL`, `RCPT`, `DATA`) or to the mail itself (`.`); "" hangs up."""

    port: int = 0
    extensions: tuple[str, ...] = ("8BITMIME",)
    answers: dict[str, str] = field(default_factory=dict)
    received: list[tuple[str, EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: ssl.SSLContext | None
    ) -> None:
        """Serve one connection until it quits or is hung up on."""
        to = ""
        await _say(writer, "220 relay.test ESMTP")
        while line := (await reader.readline()).decode().strip():
            verb = line[:4].upper()
            if verb == "RCPT":
                to = line.partition("<")[2].partition(">")[0]
            reply = self.answers.get(verb, self._usual(verb, tls))
            if not reply:
                return
            await _say(writer, reply)
            if verb == "STAR" and tls is not None:
                await writer.start_tls(tls)
            elif verb == "DATA" and reply.startswith("354"):
                content = await _content(reader)
                if not (end := self.answers.get(".", OK)):
                    return
                if end.startswith("2"):
                    self._keep(to, content)
                await _say(writer, end)
            elif verb == "QUIT":
                return

    def _usual(self, verb: str, tls: ssl.SSLContext | None) -> str:
        offered = ("relay.test", *self.extensions, *(["STARTTLS"] if tls else []))
        usual: Mapping[str, str] = {
            "EHLO": "\r\n".join(f"250{' ' if name == offered[-1] else '-'}{name}" for name in offered),
            "STAR": "220 go ahead" if tls else "502 not here",
            "DATA": "354 go ahead",
            "QUIT": "221 bye",
        }
        return usual.get(verb, OK)

    def _keep(self, to: str, content: bytes) -> None:
        self.raw.append(content)
        self.received.append((to, email.message_from_bytes(content, policy=email.policy.default)))


async def _say(writer: asyncio.StreamWriter, reply: str) -> None:
    writer.write(f"{reply}\r\n".encode())
    await writer.drain()


async def _content(reader: asyncio.StreamReader) -> bytes:
    lines = []
    while (line := await reader.readline()) != b".\r\n":
        lines.append(line.removeprefix(b"."))
    return b"".join(lines)


@asynccontextmanager
async def serve_smtp(tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeRelay]:
    """A relay on a free port of this machine; with `tls` it offers STARTTLS."""
    relay = FakeRelay()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await relay.talk(reader, writer, tls)
        except ConnectionError:
            return
        finally:
            writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        relay.port = server.sockets[0].getsockname()[1]
        yield relay
