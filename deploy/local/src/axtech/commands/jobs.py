"""`jobs list|run`: what runs by schedule."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from axtech.console import err, fail, out, print_json

if TYPE_CHECKING:
    from nats.js import JetStreamContext

commands = typer.Typer(name="jobs", help="What runs by schedule.", no_args_is_help=True)

T = TypeVar("T")
_STREAM = "SCHEDULES"
_FORMAT = "%Y-%m-%d %H:%M:%S"


@commands.command("list")
def list_jobs(json: Annotated[bool, typer.Option("--json", help="A list of objects.")] = False) -> None:
    """Show every scheduled job: when it runs, when it last did, when it does next (UTC)."""
    with err.status("asking the broker"):
        found = asyncio.run(_with_broker(_list))
    if json:
        print_json(found)
        return
    table = Table("service", "job", "schedule", "last", "next", "does", box=None, pad_edge=False)
    for job in found:
        table.add_row(
            job["service"], job["job"], job["schedule"], job["last"] or "–", job["next"] or "–", job["describes"]
        )
    out.print(table)


@commands.command()
def run(job: Annotated[str, typer.Argument(help="As `jobs list` shows it.")]) -> None:
    """Have a job run now, beside its schedule; every job is safe to run twice."""
    from common.contracts.map import SCHEDULES

    known = {spec.job: spec for spec in SCHEDULES}
    if job not in known:
        fail(f"There is no job {job}. There are: {', '.join(sorted(known))}")
    spec = known[job]

    async def tick(jetstream: "JetStreamContext") -> None:
        await jetstream.publish(f"axtech.ticks.{spec.service}.{spec.job}", b"{}", stream=_STREAM)

    asyncio.run(_with_broker(tick))
    out.print(f"{spec.service} was told to run {job}; `axtech logs {spec.service}` tells how it went")


async def _list(jetstream: "JetStreamContext") -> list[dict[str, Any]]:
    from common.contracts.map import SCHEDULES

    return [
        {
            "service": spec.service,
            "job": spec.job,
            "describes": spec.describes,
            **await _times(jetstream, spec.service, spec.job),
        }
        for spec in sorted(SCHEDULES, key=lambda spec: (spec.service, spec.job))
    ]


def next_run(schedule: str, zone: str | None, after: datetime) -> datetime | None:
    """When a schedule of times of day ticks next after a moment, in UTC; None for another kind, such as `@every`."""
    from cronsim import CronSim

    if schedule.startswith("@"):
        return None
    found: datetime = next(CronSim(schedule, after.astimezone(ZoneInfo(zone or "UTC"))))
    return found.astimezone(UTC)


async def _times(jetstream: "JetStreamContext", service: str, job: str) -> dict[str, str | None]:
    """The schedule in force, when it last ticked and when it does next; a tick made by hand names no next one."""
    import nats.js.errors

    told = (await jetstream.get_last_msg(_STREAM, f"axtech.schedules.{service}.{job}")).headers or {}
    schedule = told["Nats-Schedule"]
    upcoming = next_run(schedule, told.get("Nats-Schedule-Time-Zone"), datetime.now(UTC))
    following = f"{upcoming:{_FORMAT}}" if upcoming else None
    try:
        tick = await jetstream.get_last_msg(_STREAM, f"axtech.ticks.{service}.{job}")
    except nats.js.errors.NotFoundError:
        return {"schedule": schedule, "last": None, "next": following}
    last = f"{tick.time:{_FORMAT}}" if tick.time else None
    return {
        "schedule": schedule,
        "last": last,
        "next": following or (tick.headers or {}).get("Nats-Schedule-Next"),
    }


async def _with_broker(work: Callable[["JetStreamContext"], Awaitable[T]]) -> T:
    import nats.js.errors

    from axtech.reach import Unreachable, broker

    try:
        async with broker() as client:
            return await work(client.jetstream(timeout=5))
    except (Unreachable, nats.js.errors.Error) as error:
        fail(str(error))
