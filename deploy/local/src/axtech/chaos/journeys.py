"""The load: wheelchair files played from registration to a repaired chair, each remembering what it was told."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from axtech.chaos.clients import Keys, Persistent, StaffSessions, invented_tag
from axtech.chaos.platform import Platform
from axtech.demo.api import PATIENCE, NotSeen, Refused
from axtech.demo.cast import Cast, Facts, Setting
from axtech.demo.story import STORY

_PRODUCT = "AX-FRE-200"
_PATIENCE = 180.0  # seconds that an effect may take while something is broken
_APART = 3.0  # seconds within which the journeys of one fault begin


@dataclass
class Journey:
    """One file as its clients saw it. `failure` is why it did not come to its end."""

    tag: str
    email: str = ""
    password: str = field(default="", repr=False)
    facts: Facts = field(default_factory=Facts)
    uploaded: list[str] = field(default_factory=list)
    serial: str = ""
    keys: Keys = field(default_factory=lambda: Keys(""))
    failure: str | None = None
    seconds: float = 0.0


class Load:
    """Plays journeys on a platform."""

    def __init__(self, platform: Platform, on_step: Callable[[str], None] = lambda _: None) -> None:
        self._platform = platform
        self._staff = {account["role"]: account for account in platform.seeded["staff"]}
        self._product = next(one for one in platform.seeded["products"] if one["sku"] == _PRODUCT)
        self._sessions = StaffSessions(platform.folder)
        self._on_step = on_step

    async def play(self, seed: int, fault: str, journeys: int) -> list[Journey]:
        """That many at once, begun within a few seconds of each other."""
        chance = random.Random(f"{seed} {fault} starts")  # noqa: S311 - repeatable on purpose
        begins = sorted(chance.uniform(0, _APART) for _ in range(journeys))
        tags = [invented_tag(seed, fault, number) for number in range(journeys)]
        return list(await asyncio.gather(*(self._one(tag, begin) for tag, begin in zip(tags, begins, strict=True))))

    async def ready(self) -> None:
        """Have staff signed in before anything breaks."""
        await self._sessions.renew(self._platform.places.url("gateway"), self._staff)

    async def _one(self, tag: str, begin: float) -> Journey:
        await asyncio.sleep(begin)
        PATIENCE.set(_PATIENCE)
        began, keys = time.monotonic(), Keys(tag)
        setting = Setting(
            gateway=self._platform.places.url("gateway"),
            mailbox=self._platform.places.url("mailbox"),
            staff=self._staff,
            product=self._product,
            sessions=self._sessions,
            transport=lambda: Persistent(keys),
        )
        async with Cast(setting, tag) as cast:
            journey = Journey(tag, cast.email, cast.password, cast.facts, cast.uploaded, cast.serial, keys)
            for step in STORY:
                self._on_step(f"{tag}: {step.title}")
                try:
                    await step.run(cast)
                except (Refused, NotSeen, httpx.HTTPError) as error:
                    journey.failure = f"{step.title}: {error}"
                    break
        journey.seconds = time.monotonic() - began
        return journey
