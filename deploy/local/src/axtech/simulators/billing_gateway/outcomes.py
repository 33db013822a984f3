"""What a claim's state is at a moment: read off a plan made when it was received, so nothing has to run meanwhile."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["SUBMITTED", "PENDING", "ACCEPTED", "REJECTED"]


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` (seconds of the epoch) on, the claim is in `status`."""

    at: float
    status: Status
    code: str | None = None
    reason: str | None = None


def accepted_later(received: float, delay: float) -> list[Step]:
    """Received, in treatment after a third of `delay` seconds, accepted after all of it."""
    return [Step(received, "SUBMITTED"), Step(received + delay / 3, "PENDING"), Step(received + delay, "ACCEPTED")]


def then_rejected(steps: list[Step], delay: float, code: str, reason: str) -> list[Step]:
    """Accepted first, and rejected `delay` seconds later."""
    return [*steps, Step(steps[-1].at + delay, "REJECTED", code, reason)]


def decided(steps: list[Step], step: Step) -> list[Step]:
    """The outcome forced at `step.at`: what would have come after it does not."""
    return [*(earlier for earlier in steps if earlier.at < step.at), step]


def at(steps: list[Step], now: float) -> Step:
    """The step the claim is at; the first one however early it is."""
    return next((step for step in reversed(steps) if step.at <= now), steps[0])
