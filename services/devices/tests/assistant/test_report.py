"""How well the assistant understands the labelled utterances; the figures are printed."""

from argparse import Namespace
from collections import Counter

import pytest
from common.testing import RunningService
from devices.assistant import replies, report
from devices.assistant.models import Intent
from devices.assistant.understanding import Topic


def test_there_are_enough_utterances_and_as_many_that_only_measure() -> None:
    rows = report.utterances()
    parts = Counter(row["part"] for row in rows)
    assert parts.total() >= 300
    assert set(parts) == {"seen", "tried", "former", "held"}
    assert parts["held"] >= 150
    assert len({row["text"] for row in rows}) == len(rows)


async def test_what_is_medical_or_unsafe_is_stopped_by_a_guardrail(devices: RunningService) -> None:
    async with devices.resources.database.transaction() as session:
        lines = await report.measure(session)
    worked_on = [line for line in lines if line.part != "held"]
    for line in worked_on:
        assert line.right >= (0.7 if line.part == "former" else 0.9) * line.utterances, line
        assert not line.missed, line
    others = [line for line in worked_on if line.alarms is not None]
    assert sum(line.alarms or 0 for line in others) <= 0.05 * sum(line.utterances for line in others), others


async def test_what_only_measures_is_not_read_worse_than_when_first_measured(devices: RunningService) -> None:
    """The target, none missed, is not met by these: the bounds are the figures in the docstring of `report`."""
    async with devices.resources.database.transaction() as session:
        held = [line for line in await report.measure(session) if line.part == "held"]
    missed = {line.label: line.missed or 0 for line in held if line.missed is not None}
    assert missed["SAFETY"] <= 3, held
    assert missed["MEDICAL"] <= 8, held
    assert sum(line.alone or 0 for line in held) <= 3, held
    assert sum(line.alarms or 0 for line in held) <= 3, held


async def test_the_figures_are_printed(devices: RunningService, capsys: pytest.CaptureFixture[str]) -> None:
    assert await report.REPORT.run(devices.resources, Namespace(json=False)) == 0
    assert await report.REPORT.run(devices.resources, Namespace(json=True)) == 0
    table, _, document = capsys.readouterr().out.partition("[")
    assert len(table.splitlines()) == 1 + 4 * 8
    assert '"part": "held"' in document


def test_everything_that_may_be_said_is_there_in_both_languages() -> None:
    for article in replies.articles().values():
        assert article.text["fr"] != article.text["en"]
        assert article.version >= 1
    assert {"FAQ", "CASE_STATUS", "TICKET", "APPOINTMENT"} <= set(Intent) & set(Topic)
