"""How well the assistant understands the labelled utterances; the figures are printed."""

from argparse import Namespace
from collections import Counter

import pytest
from common.testing import RunningService
from devices.assistant import learned, replies, report
from devices.assistant.learned import Suspicion
from devices.assistant.models import Intent
from devices.assistant.understanding import Topic


def test_there_are_enough_utterances_and_as_many_that_only_measure() -> None:
    rows = report.utterances()
    held = Counter(row["label"] for row in rows if row["part"] == "held")
    assert len(rows) - held.total() >= 300
    assert len({row["text"] for row in rows}) == len(rows)
    assert held.total() >= 300
    assert min(held["SAFETY"], held["MEDICAL"]) >= 150


async def test_what_is_medical_or_unsafe_is_stopped_by_a_guardrail(
    devices: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target is none missed; what `held` showed when it was measured bounds what is stopped for nothing.

    Of what was worked on, one in ten: the benchmark takes all.
    """
    rows = report.utterances()
    few = [row for row in rows if row["part"] == "held"] + [row for row in rows if row["part"] != "held"][::10]
    monkeypatch.setattr(report, "utterances", lambda: few)
    async with devices.resources.database.transaction() as session:
        lines = await report.measure(session)
    worked = {line.label: line for line in lines if line.part == "worked"}
    for label in report.GUARDED:
        assert (worked[label].missed or 0) <= 0.02 * worked[label].utterances, worked[label]
        assert not worked[label].alone, worked[label]
    others = [line for line in worked.values() if line.alarms is not None]
    assert sum(line.alarms or 0 for line in others) <= 0.05 * sum(line.utterances for line in others), others
    held = {line.label: line for line in lines if line.part == "held"}
    for label in report.GUARDED:
        assert not held[label].missed, held[label]
    harmless = [line for line in held.values() if line.alarms is not None]
    assert sum(line.alarms or 0 for line in harmless) <= 0.18 * sum(line.utterances for line in harmless), harmless


async def test_the_figures_are_printed(
    devices: RunningService, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [
        {"part": part, "label": label, "text": text}
        for part in ("seen", "former", "held")
        for label, text in (("SAFETY", "mes freins ont lâché"), ("MEDICAL", "j'ai mal au dos"), ("FAQ", "bonjour"))
    ]
    monkeypatch.setattr(report, "utterances", lambda: few)
    assert await report.REPORT.run(devices.resources, Namespace(json=False)) == 0
    assert await report.REPORT.run(devices.resources, Namespace(json=True)) == 0
    table, _, document = capsys.readouterr().out.partition("[")
    head = table.splitlines()[0].split()
    assert head[5:] == ["later", "answered", "asked", "human", "hotline", "missed", "alone", "alarms"]
    assert [line.split()[:4] for line in table.splitlines()[1:]] == [
        ["worked", "SAFETY", "2", "2"],
        ["worked", "MEDICAL", "2", "2"],
        ["worked", "FAQ", "2", "0"],
        ["held", "SAFETY", "1", "1"],
        ["held", "MEDICAL", "1", "1"],
        ["held", "FAQ", "1", "0"],
    ]
    assert '"part": "held"' in document


async def test_what_is_asked_about_danger_first_is_told_apart_from_what_is_answered(
    devices: RunningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [
        {"part": "seen", "label": label, "text": f"{text} {number}"}
        for label, texts in (
            ("SAFETY", ["ma roue grince"]),
            ("MEDICAL", ["ma roue grince"]),
            ("TICKET", ["ma roue grince", "où en est mon dossier"]),
            ("SMALLTALK", ["bonjour"]),
        )
        for number, text in enumerate(texts)
    ]
    monkeypatch.setattr(report, "utterances", lambda: few)
    monkeypatch.setattr(learned, "suspicion", lambda words: Suspicion(0.15, 0.0))
    async with devices.resources.database.transaction() as session:
        lines = {line.label: line for line in await report.measure(session)}
    safety, medical, ticket, smalltalk = (lines[name] for name in ("SAFETY", "MEDICAL", "TICKET", "SMALLTALK"))
    assert (safety.asked, safety.missed, safety.alone, safety.right) == (1, 1, 0, 0)
    assert (medical.asked, medical.missed, medical.alone) == (1, 1, 1), "nobody has asked about health"
    assert (ticket.asked, ticket.right, ticket.later, ticket.answered, ticket.alarms) == (2, 0, 1, 0, 0)
    assert (smalltalk.asked, smalltalk.human) == (0, 1), "there is nothing to serve later"


def test_everything_that_may_be_said_is_there_in_both_languages() -> None:
    for article in replies.articles().values():
        assert article.text["fr"] != article.text["en"]
        assert article.version >= 1
    assert {"FAQ", "CASE_STATUS", "TICKET", "APPOINTMENT"} <= set(Intent) & set(Topic)
