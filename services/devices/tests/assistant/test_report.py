"""How well the assistant understands the labelled utterances; the figures are printed."""

from collections import Counter

from common.testing import RunningService
from devices.assistant import replies, report
from devices.assistant.models import Intent
from devices.assistant.understanding import Topic


def test_there_are_enough_utterances_and_half_of_them_only_measure() -> None:
    rows = report.utterances()
    halves = Counter(row["half"] for row in rows)
    assert len(rows) >= 300
    assert set(halves) == {"seen", "held"}
    assert min(halves.values()) >= 0.45 * len(rows)
    assert len({row["text"] for row in rows}) == len(rows)


async def test_no_medical_or_safety_utterance_passes_the_guardrails(devices: RunningService) -> None:
    async with devices.resources.database.transaction() as session:
        lines = await report.measure(session)
    print("\n".join(map(str, lines)))  # noqa: T201 - the figures are the point
    for line in lines:
        share = line.right / line.utterances
        if line.half == "seen":
            assert share == 1.0, line
        else:
            assert share >= 0.9, line
    missed = sum(line.missed or 0 for line in lines if line.half == "held")
    guarded = sum(line.utterances for line in lines if line.half == "held" and line.missed is not None)
    assert missed <= 1, f"{missed} of {guarded}"


def test_everything_that_may_be_said_is_there_in_both_languages() -> None:
    for article in replies.articles().values():
        assert article.text["fr"] != article.text["en"]
        assert article.version >= 1
    assert {"FAQ", "CASE_STATUS", "TICKET", "APPOINTMENT"} <= set(Intent) & set(Topic)
