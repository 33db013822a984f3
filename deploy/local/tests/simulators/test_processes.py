"""The simulators as they are started: their own processes, real sockets, callers that give up."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from common.servers import free_port

from .test_billing_gateway import claim_package

PATIENCE = 30


@contextmanager
def running(name: str, folder: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    """A simulator that is ready, and a client of it."""
    port = free_port()
    command = [sys.executable, "-m", f"axtech.simulators.{name}", "--port", str(port), "--data", str(folder)]
    environment = os.environ | {"BILLING_GATEWAY_API_KEY": "key"}
    with (
        subprocess.Popen(command, env=environment) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-Api-Key": "key"}, timeout=PATIENCE) as client,
    ):
        try:
            _wait_until_ready(client, process)
            yield client, process
        finally:
            process.kill()


def _wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if client.get("/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("the simulator did not become ready")


def test_a_claim_taken_before_a_time_out_survives_kill_9_and_is_found_again(tmp_path: Path) -> None:
    with running("billing_gateway", tmp_path) as (client, process):
        client.post("/control/faults", json={"kind": "TIMEOUT_AFTER_EFFECT", "operations": ["submit"]})
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/claims", json=claim_package(), timeout=1)
        query = {"reference": "CL-2026-000001-1"}
        end = time.monotonic() + PATIENCE
        while not (found := client.get("/v1/claims", params=query).json()["items"]) and time.monotonic() < end:
            time.sleep(0.05)
        process.kill()
    with running("billing_gateway", tmp_path) as (client, _):
        assert client.post("/v1/claims", json=claim_package()).json()["gatewayRef"] == found[0]["gatewayRef"]
        assert client.get("/v1/claims", params=query, headers={"X-Api-Key": "other"}).status_code == 401


def test_the_mailbox_stops_when_told_even_while_it_holds_a_request(tmp_path: Path) -> None:
    with running("mailbox", tmp_path) as (client, process):
        client.post("/control/faults", json={"kind": "TIMEOUT"})
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v3/smtp/email", json={}, timeout=0.2)
        assert client.get("/").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) in (0, -signal.SIGTERM)
