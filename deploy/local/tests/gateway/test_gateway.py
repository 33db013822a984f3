"""Traefik itself, in front of a stand-in for the services."""

import asyncio
import json
import re
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from axtech.gateway.certificate import ensure_certificate
from axtech.gateway.config import Gateway
from axtech.gateway.routes import Limits, Routes, load_routes
from common.events.contract import Contract, Event
from common.servers import Running, Server, free_port, start, traefik
from common.servers.running import stop_all

MEGABYTE = 1 << 20
FAKE_SERVICE = Path(__file__).parents[1] / "fake_service.py"
DOWN = "devices"  # the service that nobody started


@dataclass
class Stage:
    gateway: Gateway
    routes: Routes
    running: Running
    directory: Path

    def url(self, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.gateway.https if scheme == 'https' else self.gateway.http}"


def python(directory: Path, name: str, port: int, *arguments: str) -> Server:
    argv = (sys.executable, *arguments, "--port", str(port))
    probe = f"http://127.0.0.1:{port}/health/ready"
    return Server(name=name, argv=argv, log=directory / f"{name}.log", ports=(port,), probe=probe)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    directory = tmp_path_factory.mktemp("gateway")
    listed = load_routes()
    larger = [entry.model_copy(update={"megabytes": 2}) for entry in listed.larger_bodies]
    limits = Limits(body_megabytes=1, requests_per_second=10, burst=150)
    routes = listed.model_copy(update={"limits": limits, "larger_bodies": larger})
    portal, service, nobody = free_port(), free_port(), free_port()
    certificate, key = ensure_certificate(directory)
    gateway = Gateway(
        directory=directory,
        log=directory / "gateway.log",
        http=free_port(),
        https=free_port(),
        inner=free_port(),
        portal=f"http://127.0.0.1:{portal}",
        upstreams={name: f"http://127.0.0.1:{nobody if name == DOWN else service}" for name in routes.services},
        certificate=certificate,
        key=key,
    )
    ports = (gateway.http, gateway.https, gateway.inner)
    gateway.write(routes)
    running = start(
        [
            python(directory, "portal", portal, "-m", "axtech.portal"),
            python(directory, "fake", service, str(FAKE_SERVICE)),
            traefik(gateway.static_file, log=gateway.log, ports=ports, probe=gateway.ping),
        ]
    )
    yield Stage(gateway, routes, running, directory)
    asyncio.run(stop_all(running.processes))


@pytest.fixture
async def http(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stage.url(), timeout=20) as client:
        yield client


def code(answer: httpx.Response) -> str:
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "requestId", "timestamp"}
    assert answer.headers["x-request-id"] == error["requestId"]
    return str(error["code"])


@pytest.mark.parametrize(
    ("asked", "received"),
    [
        ("/api/v1/cases", "/api/v1/cases"),
        ("/api/v1/cases/1/quotes?x=1", "/api/v1/cases/1/quotes"),
        ("/.well-known/jwks.json", "/.well-known/jwks.json"),
        ("/openapi/billing.json", "/openapi.json"),
        ("/asyncapi/identity.json", "/asyncapi.json"),
    ],
)
async def test_a_listed_path_reaches_its_service(http: httpx.AsyncClient, asked: str, received: str) -> None:
    answer = await http.get(asked)
    assert (answer.status_code, answer.json()["path"]) == (200, received)


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/internal/v1/patients",
        "/metrics",
        "/health/ready",
        "/errors/503",
        "/page/",
        "/api/v1/casesque",
        "/openapi/unknown.json",
        "/api/v1/cases/%2e%2e/%2e%2e/%2e%2e/internal/v1/patients",
        "//internal/v1/patients",
    ],
)
async def test_anything_else_is_404_in_the_envelope(http: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST"):
        answer = await http.request(method, path, headers={"x-request-id": "req-7"})
        assert (answer.status_code, code(answer)) == (404, "SYS_ROUTE_NOT_FOUND")
        assert answer.headers["x-request-id"] == "req-7"


@pytest.mark.parametrize("status", [400, 404, 409, 422, 429, 500, 503])
async def test_a_services_own_errors_reach_the_client_as_they_are(http: httpx.AsyncClient, status: int) -> None:
    answer = await http.get(f"/api/v1/cases/status/{status}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, "BIZ_MINE")
    assert (answer.headers["retry-after"], answer.headers["ratelimit-remaining"]) == ("42", "0")


async def test_an_answer_a_service_never_gives_is_the_gateways(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/cases/status/502")
    assert (answer.status_code, code(answer)) == (502, "SYS_BAD_GATEWAY")


async def test_a_service_that_is_down_is_503_once_that_is_noticed_and_502_before(http: httpx.AsyncClient) -> None:
    seen: list[tuple[int, str]] = []
    while not seen or seen[-1] == (502, "SYS_BAD_GATEWAY"):
        answer = await http.get("/api/v1/devices", headers={"x-request-id": "req-8"})
        seen.append((answer.status_code, code(answer)))
        await asyncio.sleep(0.2)
    assert seen[-1] == (503, "SYS_UNAVAILABLE")
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/api/v1/cases", 1), ("/api/v1/returns", 2), ("/api/v1/lppr-items/import", 2), ("/api/v1/lppr-items", 1)],
)
async def test_a_body_over_the_limit_of_its_path_is_413(http: httpx.AsyncClient, path: str, limit: int) -> None:
    accepted = await http.post(path, content=b"x" * (limit * MEGABYTE))
    assert (accepted.status_code, accepted.json()["size"]) == (200, limit * MEGABYTE)
    refused = await http.post(path, content=b"x" * (limit * MEGABYTE + 1))
    assert (refused.status_code, code(refused)) == (413, "VAL_BODY_TOO_LARGE")


async def test_a_body_of_unannounced_length_is_limited_too(http: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * (MEGABYTE // 4)

    refused = await http.post("/api/v1/cases", content=chunks())
    assert (refused.status_code, code(refused)) == (413, "VAL_BODY_TOO_LARGE")


async def test_an_address_that_calls_too_often_is_429_and_others_are_not(stage: Stage, http: httpx.AsyncClient) -> None:
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.9")
    async with httpx.AsyncClient(base_url=stage.url(), transport=transport) as hasty:
        answers = [await hasty.get("/api/v1/cases")]
        while answers[-1].status_code == 200:  # the burst, and what is given back while it is used up
            answers.append(await hasty.get("/api/v1/cases"))
        # Another address would have its whole burst left; of the same one, a call may pass now and then.
        disguised = [await hasty.get("/api/v1/cases", headers={"x-forwarded-for": "127.0.0.1"}) for _ in range(20)]
    assert len(answers) > stage.routes.limits.burst
    for called in (answers, disguised):
        refused = [answer for answer in called if answer.status_code != 200]
        assert {(answer.status_code, code(answer)) for answer in refused} == {(429, "SYS_RATE_LIMITED")}
    assert all("retry-after" in answer.headers for answer in refused)
    assert (await http.get("/api/v1/cases")).status_code == 200


async def test_services_learn_the_true_address_and_the_request_id(stage: Stage) -> None:
    lies = {
        "x-forwarded-for": "6.6.6.6",
        "x-real-ip": "6.6.6.6",
        "forwarded": "for=6.6.6.6",
        "x_forwarded_for": "6.6.6.6",
    }
    transport = httpx.AsyncHTTPTransport(local_address="127.0.0.5")
    async with httpx.AsyncClient(base_url=stage.url(), transport=transport) as client:
        answer = await client.get("/api/v1/cases", headers={"x-request-id": "req-9", **lies})
    received = answer.json()["headers"]
    assert received["x-request-id"] == "req-9"
    assert received["x-forwarded-for"] == "127.0.0.5"
    assert "6.6.6.6" not in json.dumps(received)


async def test_answers_carry_the_security_headers(http: httpx.AsyncClient, stage: Stage) -> None:
    async with httpx.AsyncClient(verify=False, base_url=stage.url("https")) as secure:  # noqa: S501 - self-signed
        for path in ("/api/v1/cases", "/", "/nowhere"):
            headers = (await secure.get(path)).headers
            assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains; preload"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["referrer-policy"] == "no-referrer"
            assert "default-src 'none'" in headers["content-security-policy"]


async def test_only_tls_1_3_is_spoken(stage: Stage) -> None:
    authority = str(stage.gateway.certificate)
    modern = ssl.create_default_context(cafile=authority)
    _, writer = await asyncio.open_connection("127.0.0.1", stage.gateway.https, ssl=modern)
    assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
    writer.close()
    await writer.wait_closed()
    old = ssl.create_default_context(cafile=authority)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):
        await asyncio.open_connection("127.0.0.1", stage.gateway.https, ssl=old)


async def test_the_page_lists_every_service_and_loads_its_style(http: httpx.AsyncClient, stage: Stage) -> None:
    page = await http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    for name in stage.routes.services:
        assert f'href="/openapi/{name}.json"' in page.text
        assert f'href="/asyncapi/{name}.json"' in page.text
    style = await http.get("/style.css")
    assert style.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(
    ("page", "parts"),
    [
        ("/reference/cases", ["/openapi/cases.json", "/assets/swagger-ui-bundle.js", "/assets/reference.js"]),
        ("/messages/cases", ["/asyncapi/cases.json", "/assets/asyncapi-viewer.js"]),
    ],
)
async def test_documents_are_shown_by_what_the_portal_itself_serves(
    http: httpx.AsyncClient, page: str, parts: list[str]
) -> None:
    shown = await http.get(page)
    assert shown.status_code == 200
    assert "script-src 'self'" in shown.headers["content-security-policy"]
    assert not re.search(r"https?://|<script>|<style|style=| on\w+=", shown.text)
    for part in parts:
        assert part in shown.text
    for asset in (part for part in parts if part.startswith("/assets/")):
        assert (await http.get(asset)).headers["content-type"].startswith("text/javascript")


async def test_there_is_no_page_of_a_service_that_there_is_not(http: httpx.AsyncClient) -> None:
    for path in ("/reference/payroll", "/messages/payroll", "/assets/app.py", "/assets/..%2Fapp.py"):
        assert (await http.get(path)).status_code == 404


async def test_the_map_shows_every_service_and_every_event(http: httpx.AsyncClient, stage: Stage) -> None:
    page = (await http.get("/events")).text
    for service in stage.routes.services:
        assert f">{service}</text>" in page
    events = [contract for contract in Contract.registry.values() if issubclass(contract, Event)]
    assert len(events) > 50
    assert all(f"<code>{event.name}</code> v{event.version}" in page for event in events)


async def test_the_access_log_has_no_query_no_address_and_no_agent(http: httpx.AsyncClient, stage: Stage) -> None:
    secrets = {"authorization": "Bearer s3cret-token", "user-agent": "s3cret-agent"}
    await http.get("/api/v1/cases/logged?q=s3cret-name", headers=secrets | {"x-request-id": "req-log"})
    access = stage.directory / "gateway-access.log"
    while "req-log" not in access.read_text():  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.05)
    entry = next(json.loads(line) for line in access.read_text().splitlines() if "req-log" in line)
    assert (entry["RequestPath"], entry["DownstreamStatus"]) == ("/api/v1/cases/logged", 200)
    assert "s3cret" not in access.read_text()
    assert "127.0.0.1" not in json.dumps(entry)


def test_the_certificate_is_kept_and_its_key_is_private(stage: Stage) -> None:
    before = stage.gateway.certificate.read_bytes()
    ensure_certificate(stage.directory)
    assert stage.gateway.certificate.read_bytes() == before
    assert stage.gateway.key.stat().st_mode & 0o077 == 0
