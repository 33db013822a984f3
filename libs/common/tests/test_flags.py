"""Flags from each provider, evaluated in the process, and followed when they change."""

import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import grpc
import pytest
from common import flags
from common.settings import Settings
from common.testing import eventually
from openfeature import api
from openfeature.schemas.protobuf.flagd.sync.v1.sync_pb2 import SyncFlagsRequest, SyncFlagsResponse
from pydantic import SecretStr


def settings(**given: Any) -> Settings:
    return Settings.model_construct(axtech_env="staging", **given)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    api.shutdown()
    api.clear_providers()


def flagd_format(*, chatbot: bool, gateway: str) -> str:
    switch = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "on" if chatbot else "off"}
    chosen = {"state": "ENABLED", "variants": {"it": gateway}, "defaultVariant": "it"}
    return json.dumps({"flags": {"chatbot.enabled": switch, "billing.gateway.type": chosen}})


async def says(*, chatbot: bool, gateway: str) -> None:
    async def told() -> tuple[bool, str]:
        return flags.enabled("chatbot.enabled"), flags.choice("billing.gateway.type")

    await eventually(told, until=lambda now: now == (chatbot, gateway))
    assert flags.enabled("maintenance.reminders.enabled")  # which no provider here knows


async def test_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLAG_CHATBOT_ENABLED", "off")
    monkeypatch.setenv(flags.variable("billing.gateway.type"), "MANUAL")
    flags.configure(settings(flags_provider="environment"))
    await says(chatbot=False, gateway="MANUAL")


async def test_by_a_file_which_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "flags.json"
    file.write_text(flagd_format(chatbot=False, gateway="MANUAL"))
    flags.configure(settings(flags_provider="file", flags_file=file))
    await says(chatbot=False, gateway="MANUAL")
    file.write_text(flagd_format(chatbot=True, gateway="VEGA"))
    os.utime(file, (file.stat().st_atime, file.stat().st_mtime + 10))
    await says(chatbot=True, gateway="VEGA")


def test_a_file_that_is_not_there_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        flags.configure(settings(flags_provider="file", flags_file=tmp_path / "flags.json"))
    with pytest.raises(ValueError, match="FLAGS_FILE"):
        flags.configure(settings(flags_provider="file", flags_file=None))


@pytest.fixture
def flagd() -> Iterator[tuple[Queue[str], str]]:
    """flagd's sync service: sends what is put into the queue, the flags first, and again whenever they change."""
    versions: Queue[str] = Queue()

    def sync(_request: SyncFlagsRequest, _context: Any) -> Iterator[SyncFlagsResponse]:
        while text := versions.get():
            yield SyncFlagsResponse(flag_configuration=text)

    method = grpc.unary_stream_rpc_method_handler(
        sync, SyncFlagsRequest.FromString, SyncFlagsResponse.SerializeToString
    )
    server = grpc.server(ThreadPoolExecutor(4))
    service = "flagd.sync.v1.FlagSyncService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"SyncFlags": method}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield versions, f"http://127.0.0.1:{port}"
    versions.put("")
    server.stop(0).wait()


async def test_by_flagd_which_pushes_changes(flagd: tuple[Queue[str], str]) -> None:
    versions, url = flagd
    versions.put(flagd_format(chatbot=False, gateway="MANUAL"))
    flags.configure(settings(flags_provider="flagd", flagd_url=url))
    await says(chatbot=False, gateway="MANUAL")
    versions.put(flagd_format(chatbot=True, gateway="VEGA"))
    await says(chatbot=True, gateway="VEGA")


def _launchdarkly_flag(key: str, value: Any) -> dict[str, Any]:
    return {
        "key": key,
        "on": False,
        "offVariation": 0,
        "variations": [value],
        "version": 1,
        "salt": "",
        "fallthrough": {"variation": 0},
        "targets": [],
        "rules": [],
        "prerequisites": [],
    }


@pytest.fixture
def relay() -> Iterator[tuple[str, list[str]]]:
    """A relay proxy: a stream of events that begins with all flags."""
    asked: list[str] = []
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers['Authorization']}")
            made = {"chatbot.enabled": False, "billing.gateway.type": "MANUAL"}
            data = {"flags": {key: _launchdarkly_flag(key, value) for key, value in made.items()}, "segments": {}}
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            event = f"event: put\ndata: {json.dumps({'path': '/', 'data': data})}\n\n".encode()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
            self.wfile.flush()
            ended.wait(30)

        def log_message(self, *_: Any) -> None:
            """Not to standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    ended.set()
    server.shutdown()
    thread.join()
    server.server_close()


async def test_by_launchdarkly_through_a_relay(relay: tuple[str, list[str]]) -> None:
    url, asked = relay
    key = "sdk-00000000-0000-4000-8000-000000000000"
    flags.configure(
        settings(
            flags_provider="launchdarkly",
            launchdarkly_sdk_key=SecretStr(key),
            launchdarkly_relay_url=url,
        )
    )
    await says(chatbot=False, gateway="MANUAL")
    assert asked == [f"/all {key}"]


def test_launchdarkly_without_a_key_is_told_at_the_start() -> None:
    with pytest.raises(ValueError, match="LAUNCHDARKLY_SDK_KEY"):
        flags.configure(settings(flags_provider="launchdarkly", launchdarkly_sdk_key=None))
