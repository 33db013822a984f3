"""How well the assistant understands the labelled utterances: `python -m devices assistant-report`.

`utterances.tsv` has two halves. The rules were written looking at `seen` alone; `held` only measures.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from common.runtime import Command
from sqlalchemy.ext.asyncio import AsyncSession

from devices.assistant.dialogue import understood
from devices.assistant.understanding import Topic, read
from devices.resources import DevicesResources

UTTERANCES = Path(__file__).with_name("utterances.tsv")
GUARDED = ("SAFETY", "MEDICAL")
_LABELS = {
    Topic.GREETING: "SMALLTALK",
    Topic.THANKS: "SMALLTALK",
    Topic.HUMAN: "UNSURE",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One label in one half. `missed`: of a guarded label, those no guardrail stopped; else None."""

    half: str
    label: str
    utterances: int
    right: int
    missed: int | None


def utterances() -> list[dict[str, str]]:
    """The labelled utterances: `half`, `label` and `text`."""
    with UTTERANCES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


async def label_of(session: AsyncSession, text: str) -> str:
    """What the assistant takes a message for, as the utterances are labelled."""
    topic, _ = await understood(session, read(text))
    return _LABELS.get(topic, topic.value)


async def measure(session: AsyncSession) -> list[Line]:
    """The figures by half and label, in the order of the file."""
    total, right, missed = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for utterance in utterances():
        key = (utterance["half"], utterance["label"])
        found = await label_of(session, utterance["text"])
        total[key] += 1
        right[key] += found == utterance["label"]
        missed[key] += found not in GUARDED
    return [
        Line(half, label, count, right[half, label], missed[half, label] if label in GUARDED else None)
        for (half, label), count in sorted(total.items(), reverse=True)
    ]


async def _run(resources: DevicesResources, arguments: argparse.Namespace) -> int:
    async with resources.database.transaction() as session:
        lines = await measure(session)
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(line) for line in lines], indent=2) + "\n")
        return 0
    sys.stdout.write(f"{'half':6}{'label':14}{'utterances':>11}{'right':>7}{'%':>7}{'missed':>8}\n")
    for line in lines:
        share = 100 * line.right / line.utterances
        missed = "" if line.missed is None else str(line.missed)
        sys.stdout.write(f"{line.half:6}{line.label:14}{line.utterances:11}{line.right:7}{share:7.1f}{missed:>8}\n")
    return 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


REPORT = Command(
    "assistant-report", "print how well the assistant understands the labelled utterances", _arguments, _run
)
