"""How well the assistant understands the labelled utterances: `python -m devices assistant-report`.

`utterances.tsv` has a part for each batch or person whose way of writing it imitates. `held` measures and is never used
to change a rule or the learned net; all others are. `python -m bench.learn --check` tells how the guardrails do on
batches that the net has not read.
"""

import argparse
import csv
import hashlib
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
    """One label, `held` or `worked` on.

    Of a guarded label also: `missed`, for safety those not sent to the hotline, for health those that reach no human;
    and `alone`, those of them that no human sees. Of any other: `alarms`, those that a guardrail stopped for nothing.
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


def training() -> list[dict[str, str]]:
    """Those that do not only measure: what the learned net is trained on."""
    return [utterance for utterance in utterances() if utterance["part"] != "held"]


def training_digest() -> str:
    """By which `learned.bin` says what it was trained on."""
    told = "\n".join(f"{one['label']}\t{one['text']}" for one in training())
    return hashlib.sha256(told.encode()).hexdigest()


async def label_of(session: AsyncSession, text: str) -> str:
    """What the assistant takes a message for, as the utterances are labelled."""
    topic, _ = await understood(session, read(text))
    return _LABELS.get(topic, topic.value)


async def measure(session: AsyncSession) -> list[Line]:
    """The figures by label, of `held` and of what was worked on."""
    found: dict[tuple[str, str], list[str]] = {}
    for utterance in utterances():
        label = await label_of(session, utterance["text"])
        part = "held" if utterance["part"] == "held" else "worked"
        found.setdefault((part, utterance["label"]), []).append(label)
    return [_line(part, label, labels) for (part, label), labels in found.items()]


def _line(part: str, label: str, found: list[str]) -> Line:
    right = found.count(label)
    if label not in GUARDED:
        return Line(part, label, len(found), right, alarms=sum(other in GUARDED for other in found))
    alone = sum(other not in {*GUARDED, "UNSURE"} for other in found)
    return Line(part, label, len(found), right, len(found) - right if label == "SAFETY" else alone, alone)


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
