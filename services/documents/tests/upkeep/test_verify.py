"""`python -m documents verify`, on a storage it shares with other tests: only what this test knows of is looked at."""

import argparse
import json
from typing import Any

import pytest
from common.auth import Actor
from documents.documents.domain import new_storage_key
from documents.upkeep import verify


async def test_what_is_missing_and_what_is_unknown_is_told_apart(
    desk: Any, patient: Actor, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_SHOWN", 100_000)
    resources = desk.running.resources
    there = await desk.upload(patient)
    lost = await desk.upload(patient)
    awaited = (await desk.announce(patient))["document"]
    keys = {
        name: (await desk.stored(each["id"]))[1]
        for name, each in {"there": there, "lost": lost, "awaited": awaited}.items()
    }
    stray = new_storage_key()
    await resources.storage.delete("axtech-documents-development", keys["lost"])
    await resources.storage.put("axtech-documents-development", stray, b"x", "text/plain")
    await resources.storage.put("axtech-generated-development", stray, b"x", "text/plain")
    report = await verify.compare(resources)
    assert report.missing == [f"documents/{keys['lost']}"]
    assert (report.named, report.missing_count) == (3, 1)
    assert {f"documents/{stray}", f"generated/{stray}"} <= set(report.unknown)
    assert f"documents/{keys['there']}" not in report.unknown
    assert report.stored == report.unknown_count + 1
    assert await verify.run(resources, argparse.Namespace(json=True)) == 1
    assert json.loads(capsys.readouterr().out)["missing"] == report.missing
    await resources.storage.put("axtech-documents-development", keys["lost"], b"x", "text/plain")
    assert await verify.run(resources, argparse.Namespace(json=False)) == 0
    assert "0 missing" in capsys.readouterr().out
