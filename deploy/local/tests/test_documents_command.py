"""`axtech documents verify`: the service's own command, where the service's data are."""

import json
from pathlib import Path

import pytest
from axtech.cli import app
from typer.testing import CliRunner


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What the service was asked, kept by a stand-in that finds something missing."""
    spy = tmp_path / "python"
    kept = tmp_path / "asked.json"
    spy.write_text(f'#!/bin/sh\nprintf \'["%s", "%s"]\' "$*" "$DATABASE_URL" > {kept}\nexit 1\n')
    spy.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(spy))
    return kept


def test_it_runs_the_service_where_the_environment_says_and_fails_as_it_does(
    asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/documents")
    assert CliRunner().invoke(app, ["documents", "verify", "--json"]).exit_code == 1
    assert json.loads(asked.read_text()) == ["-m documents verify --json", "postgresql://elsewhere/documents"]


def test_without_a_stack_it_says_so(asked: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr("axtech.project.home", lambda: tmp_path)
    assert CliRunner().invoke(app, ["documents", "verify"]).exit_code != 0
    assert not asked.exists()
