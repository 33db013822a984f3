"""How well the assistant understands the labelled utterances: `python -m devices assistant-report`.

`utterances.tsv` has four parts. The first rules were written looking at `seen` alone. `tried` are batches that were
written to break the rules of the day, counted, and then used to widen them. `former` measured the rules before it was
used likewise: its last 390 utterances, new to the rules they first met, gave safety 0 of 114 missed, medical 11 of 116,
7 of 160 others stopped for nothing. Their author then widened the rules with some of their words in mind and saw a
later figure on the way, so they are not held.

`held` was written after the guardrails were frozen and is never used to change them. Measured at once: safety 3 of 50
missed, medical 8 of 49 (3 of these 11 were not handed to a human either), 3 of 57 others stopped for nothing. The
target, none missed, is not met. Its author knew the rules; what real patients write, labelled by others, measures
better. Intents were widened by `former` since; guardrails come before them.
"""

import argparse
import csv
import json
import sys
from collections.abc import Sequence
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
    either. Of any other: `alarms`, those that a guardrail stopped for nothing.
    """

    part: str
    label: str
    utterances: int
    right: int
    missed: int | None = None
    alone: int | None = None
    alarms: int | None = None


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
    missed = [other for other in found if other not in GUARDED]
    if label not in GUARDED:
        return Line(part, label, len(found), right, alarms=len(found) - len(missed))
    alone = len(missed) - missed.count("UNSURE")
    return Line(part, label, len(found), right, len(missed), alone)


def table(lines: Sequence[Line]) -> str:
    """The figures as text, a line a label."""
    columns = f"{'utterances':>10}{'right':>7}{'%':>7}{'missed':>8}{'alone':>7}{'alarms':>8}"
    rows = [f"{'part':7}{'label':13}{columns}"]
    for line in lines:
        share = 100 * line.right / line.utterances
        missed, alone, alarms = ("" if count is None else count for count in (line.missed, line.alone, line.alarms))
        figures = f"{line.utterances:10}{line.right:7}{share:7.1f}{missed:>8}{alone:>7}{alarms:>8}"
        rows.append(f"{line.part:7}{line.label:13}{figures}")
    return "\n".join(rows)


async def _run(resources: DevicesResources, arguments: argparse.Namespace) -> int:
    async with resources.database.transaction() as session:
        lines = await measure(session)
    printed = json.dumps([asdict(line) for line in lines], indent=2) if arguments.json else table(lines)
    sys.stdout.write(printed + "\n")
    return 0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


REPORT = Command(
    "assistant-report", "print how well the assistant understands the labelled utterances", _arguments, _run
)
