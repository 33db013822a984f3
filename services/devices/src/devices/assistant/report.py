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
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path

from common.runtime import Command
from sqlalchemy.ext.asyncio import AsyncSession

from devices.assistant.dialogue import is_served_later, understood
from devices.assistant.understanding import Topic, read
from devices.resources import DevicesResources

UTTERANCES = Path(__file__).with_name("utterances.tsv")
GUARDED = ("SAFETY", "MEDICAL")


class Outcome(StrEnum):
    """Who deals with a message first."""

    ANSWERED = "answered"
    ASKED = "asked"
    HUMAN = "human"
    HOTLINE = "hotline"


_LABELS = {
    Topic.GREETING: "SMALLTALK",
    Topic.THANKS: "SMALLTALK",
    Topic.HUMAN: "UNSURE",
}
_OUTCOMES = {
    Topic.SAFETY: Outcome.HOTLINE,
    Topic.MEDICAL: Outcome.HUMAN,
    Topic.HUMAN: Outcome.HUMAN,
    Topic.UNSURE: Outcome.HUMAN,
}
_COUNTED = ("later", "answered", "asked", "human", "hotline", "missed", "alone", "alarms")


@dataclass(frozen=True, slots=True)
class Line:
    """One label, `held` or `worked` on: how many the assistant `answered`, `asked` first whether there is danger, gave
    to a `human` or sent to the `hotline`; `right` those it understood at once, `later` those once danger is denied.

    Of a guarded label also: `missed`, for safety those not sent to the hotline, for health those that reach no human;
    and `alone`, those of them that no human sees: answered, or for health asked about danger only. Of any other:
    `alarms`, those that a guardrail stopped for nothing.
    """

    part: str
    label: str
    utterances: int
    right: int
    later: int
    answered: int
    asked: int
    human: int
    hotline: int
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


async def outcome_of(session: AsyncSession, text: str) -> tuple[Outcome, str]:
    """What becomes of a message, and what the assistant takes it for, as the utterances are labelled."""
    reading = read(text)
    topic, _ = await understood(session, reading)
    if is_served_later(reading, topic):
        return Outcome.ASKED, topic.value
    if reading.doubt is not None:
        topic = Topic.UNSURE
    return _OUTCOMES.get(topic, Outcome.ANSWERED), _LABELS.get(topic, topic.value)


async def measure(session: AsyncSession) -> list[Line]:
    """The figures by label, of `held` and of what was worked on."""
    found: dict[tuple[str, str], list[tuple[Outcome, str]]] = {}
    for utterance in utterances():
        part = "held" if utterance["part"] == "held" else "worked"
        found.setdefault((part, utterance["label"]), []).append(await outcome_of(session, utterance["text"]))
    return [_line(part, label, outcomes) for (part, label), outcomes in found.items()]


def _line(part: str, label: str, found: list[tuple[Outcome, str]]) -> Line:
    counts = Counter(outcome for outcome, _ in found)
    understood_as = Counter(found)
    later = understood_as[Outcome.ASKED, label]
    right = sum(as_label == label for _, as_label in found) - later
    line = Line(part, label, len(found), right, later, *(counts[outcome] for outcome in Outcome))
    if label not in GUARDED:
        return replace(line, alarms=sum(as_label in GUARDED for _, as_label in found))
    if label == "SAFETY":
        return replace(line, missed=len(found) - line.hotline, alone=line.answered)
    unseen = line.answered + line.asked
    return replace(line, missed=unseen, alone=unseen)


def table(lines: Sequence[Line]) -> str:
    """The figures as text, a line a label."""
    rows = [f"{'part':7}{'label':13}{'utterances':>10}{'right':>7}{'%':>7}" + "".join(map("{:>9}".format, _COUNTED))]
    for line in lines:
        counts = ("" if (count := getattr(line, name)) is None else count for name in _COUNTED)
        share = 100 * line.right / line.utterances
        figures = f"{line.utterances:10}{line.right:7}{share:7.1f}" + "".join(map("{:>9}".format, counts))
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
