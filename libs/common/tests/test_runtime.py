"""What becomes of a process whose work beside HTTP fails."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cases.app import SERVICE
from common.resources import Resources
from common.runtime import build_app
from common.testing import TestKeys, eventually
from common.testing.live import live_settings


@pytest.fixture
def resources(database_url: str, broker_url: str, keys: TestKeys) -> Any:
    return SERVICE.resources(
        SERVICE.settings(
            database_url=database_url,
            nats_url=broker_url,
            jwks_url=keys.jwks_url,
            service_key=keys.services["cases"],
            service_jwks=keys.service_jwks,
            encryption_keyring=keys.keyring,
            blind_index_key=keys.blind_index_key,
        )
    )


async def running(resources: Any, work: Callable[[Resources], Awaitable[None]]) -> tuple[Any, asyncio.Event]:
    failed = asyncio.Event()
    service = replace(SERVICE, background=[work], consumers=(), jobs=None, schedules=None)
    return build_app(service, resources, "all", failed.set), failed


async def test_a_process_whose_work_fails_is_told_to_end(resources: Any, capsys: pytest.CaptureFixture[str]) -> None:
    async def break_down(_resources: Resources) -> None:
        raise ValueError("a handler is missing")

    app, failed = await running(resources, break_down)
    async with app.router.lifespan_context(app):
        await asyncio.wait_for(failed.wait(), 30)
    assert "a handler is missing" in capsys.readouterr().err


async def test_a_process_that_is_stopped_has_not_failed(resources: Any) -> None:
    working = asyncio.Event()

    async def work(_resources: Resources) -> None:
        working.set()
        await asyncio.Event().wait()

    app, failed = await running(resources, work)
    async with app.router.lifespan_context(app):
        await eventually(_value(working.is_set))
    assert not failed.is_set()


def _value(probe: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def value() -> bool:
        return probe()

    return value


def test_a_service_does_not_start_with_unsafe_settings_and_says_why(tmp_path: Path) -> None:
    environment = {name.upper(): value for name, value in live_settings(cors_origins="*", redis_url=None).items()}
    ended = subprocess.run(
        [sys.executable, "-m", "cases"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == os.EX_CONFIG
    assert "CORS_ORIGINS must list https origins" in ended.stderr
    assert "REDIS_URL must be set" in ended.stderr
    assert environment["S3_SECRET_KEY"] not in ended.stderr


def test_a_setting_that_is_missing_or_wrong_is_named(tmp_path: Path) -> None:
    environment = {name.upper(): value for name, value in live_settings(jwks_url=None, log_level="LOUD").items()}
    ended = subprocess.run(
        [sys.executable, "-m", "cases"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "JWKS_URL: Field required" in ended.stderr
    assert "LOG_LEVEL: Input should be" in ended.stderr
    assert "Traceback" not in ended.stderr
