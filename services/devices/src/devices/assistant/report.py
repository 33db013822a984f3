"""How well the assistant understands the labelled utterances: `python -m devices assistant-report`.

`utterances.tsv` has three parts. The first rules were written looking at `seen` alone. `tried` are batches that were
written to break the rules of the day, counted, and then used to widen them. `held` was never used: it only measures.
"""

import argparse
import csv
import json
import sys
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
    """One label in one part.

    Of a guarded label also: `missed`, those that no guardrail stopped, and `alone`, those of them that no human sees
    either; both None for the others.
    """

    part: str
    label: str
    utterances: int
    right: int
    missed: int | None
    alone: int | None


def utterances() -> list[dict[str, str]]:
    """The labelled utterances: `part`, `label` and `text`."""
    with UTTERANCES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


async def label_of(session: AsyncSession, text: str) -> str:
    """What the assistant takes a message for, as the utterances are labelled."""
    topic, _ = await understood(session, read(text))
    return _LABELS.get(topic, topic.value)


async def measure(session: AsyncSession) -> list[Line]:
    """The figures by part and label, in the order of the file."""
    found: dict[tuple[str, str], list[str]] = {}
    for utterance in utterances():
        label = await label_of(session, utterance["text"])
        found.setdefault((utterance["part"], utterance["label"]), []).append(label)
    return [_line(part, label, labels) for (part, label), labels in found.items()]


def _line(part: str, label: str, found: list[str]) -> Line:
    right = found.count(label)
    if label not in GUARDED:
        return Line(part, label, len(found), right, None, None)
    missed = [other for other in found if other not in GUARDED]
    alone = len(missed) - missed.count("UNSURE")
    return Line(part, label, len(found), right, len(missed), alone)


async def _run(resources: DevicesResources, arguments: argparse.Namespace) -> int:
    async with resources.database.transaction() as session:
        lines = await measure(session)
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(line) for line in lines], indent=2) + "\n")
        return 0
    sys.stdout.write(f"{'part':7}{'label':13}{'utterances':>10}{'right':>7}{'%':>7}{'missed':>8}{'alone':>7}\n")
    for line in lines:
        share = 100 * line.right / line.utterances
        missed, alone = ("", "") if line.missed is None else (line.missed, line.alone)
        figures = f"{line.utterances:10}{line.right:7}{share:7.1f}{missed:>8}{alone:>7}"
        sys.stdout.write(f"{line.part:7}{line.label:13}{figures}\n")
    return 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


REPORT = Command(
    "assistant-report", "print how well the assistant understands the labelled utterances", _arguments, _run
)
