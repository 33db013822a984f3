"""The assistant: what it makes of the labelled utterances, and how long a message takes it."""

import sys
import time
from collections.abc import Sequence

from common.db.engine import Database
from devices.assistant.report import Line, measure, table, utterances
from devices.assistant.repository import load_knowledge
from devices.assistant.understanding import read

from bench.report import Figure
from bench.stage import stage


async def assistant() -> list[Figure]:
    """The table by intent on standard error; as figures what matters most, of the utterances that only measure."""
    async with stage("devices") as where:
        database = Database(lambda: where.database_url)
        async with database.transaction() as session:
            await load_knowledge(session)
            lines = await measure(session)
        await database.close()
    sys.stderr.write(table(lines) + "\n")
    held = [line for line in lines if line.part == "held"]
    return [_missed(held), _alarms(held), *map(_understood, held), _pace()]


def _missed(held: Sequence[Line]) -> Figure:
    guarded = [line for line in held if line.missed is not None]
    missed, count = sum(line.missed or 0 for line in guarded), sum(line.utterances for line in guarded)
    return Figure(
        "safety not sent to the hotline, health that no human sees",
        missed,
        "held utterances",
        count,
        "all of them",
        "none",
        not missed,
    )


def _alarms(held: Sequence[Line]) -> Figure:
    others = [line for line in held if line.alarms is not None]
    alarms, count = sum(line.alarms or 0 for line in others), sum(line.utterances for line in others)
    return Figure(
        "other utterances a guardrail stops",
        alarms,
        "held utterances",
        count,
        "all of them",
        "≤ 5 %",
        alarms <= 0.05 * count,
    )


def _understood(line: Line) -> Figure:
    """How many utterances of one label were understood."""
    return Figure(
        f"understood as {line.label}",
        line.right,
        "held utterances",
        line.utterances,
        "all of them",
        "≥ 70 %",
        line.right >= 0.7 * line.utterances,
    )


def _pace() -> Figure:
    """Reading a message by all the rules, beside splitting it into words."""
    texts = [utterance["text"] for utterance in utterances()]
    times = []
    for understand in (str.split, read):
        began = time.perf_counter()
        for text in texts:
            understand(text)
        times.append(1000 * (time.perf_counter() - began) / len(texts))
    bare, ours = times
    return Figure("a message read by all rules", ours, "ms", bare, "str.split", "≤ 10 ms", ours <= 10)
