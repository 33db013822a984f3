"""One fault after the other, each under load, each judged."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
import nats.errors

from axtech.chaos.checks import Wrong, disagreements, wrongs
from axtech.chaos.faults import Fault
from axtech.chaos.journeys import Journey, Load
from axtech.chaos.platform import NotWhole, Platform
from axtech.verify.findings import Finding

_EARLIEST, _LATEST = 2.0, 8.0  # seconds after the first journey begins, when a fault strikes
_AGREEMENT = 60.0  # seconds that the services may take to agree once the journeys are over


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the journeys of one fault. Times are in seconds."""

    fault: str
    journeys: int
    struck_after: float
    lost: int
    doubled: int
    disagreeing: int
    recovered_in: float | None
    """From the blow until every program was healthy again; None when that never came."""
    calls_again: int
    longest_journey: float
    problems: list[str]

    @property
    def sound(self) -> bool:
        return not self.lost and not self.doubled and not self.disagreeing and self.recovered_in is not None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "sound": self.sound}


async def strike(
    platform: Platform,
    fault: Fault,
    *,
    seed: int,
    journeys: int,
    on_progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Play the journeys, strike, wait for their ends, and hold what they were told against what is there."""
    await platform.whole()
    load, since = Load(platform, on_progress), datetime.now(UTC)
    await load.ready()
    chance = random.Random(f"{seed} {fault.name}")  # noqa: S311 - repeatable on purpose
    after = chance.uniform(_EARLIEST, _LATEST)
    playing = asyncio.create_task(load.play(seed, fault.name, journeys))
    await asyncio.sleep(after)
    began = time.monotonic()
    recovered_in: float | None = None
    problems: list[str] = []
    try:
        await fault.strike(platform, chance)
        await asyncio.sleep(0.2)  # that its end is noticed
        await platform.whole()
        recovered_in = time.monotonic() - began
    except (NotWhole, RuntimeError, OSError, asyncpg.PostgresError, nats.errors.Error) as error:
        problems.append(f"{fault.name} was not over: {str(error) or type(error).__name__}")
    played = await playing
    on_progress("holding what was told against what is there")
    findings = await _agreed(platform, fault, since)
    wrong = await wrongs(platform, played)
    return _outcome(fault, after, played, wrong, findings, recovered_in, problems)


async def _agreed(platform: Platform, fault: Fault, since: datetime) -> list[Finding]:
    """What the services disagree about when they had a while to agree."""
    deadline = time.monotonic() + _AGREEMENT
    while True:
        found = [finding for finding in await disagreements(platform, since) if not fault.expected(finding)]
        if not found or time.monotonic() > deadline:
            return found
        await asyncio.sleep(1)


def _outcome(
    fault: Fault,
    after: float,
    played: list[Journey],
    wrong: list[Wrong],
    findings: list[Finding],
    recovered_in: float | None,
    problems: list[str],
) -> Outcome:
    told = [f"{one.journey}: {one.what} is there {one.found} times" for one in wrong]
    found = [f"{finding.kind} {finding.service} {finding.about}: {finding.says}" for finding in findings]
    return Outcome(
        fault=fault.name,
        journeys=len(played),
        struck_after=round(after, 1),
        lost=sum(one.lost for one in wrong),
        doubled=sum(not one.lost for one in wrong),
        disagreeing=len(findings),
        recovered_in=None if recovered_in is None else round(recovered_in, 1),
        calls_again=sum(sum(journey.keys.again.values()) for journey in played),
        longest_journey=round(max((journey.seconds for journey in played), default=0.0), 1),
        problems=[*problems, *told, *found],
    )
