"""Use cases of denials."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

from common import audit
from common.auth import Actor
from common.clock import PARIS, today
from common.errors import Detail, InvalidInput
from sqlalchemy.ext.asyncio import AsyncSession

from billing.claims import policies
from billing.claims.domain import ZERO
from billing.denials import repository
from billing.denials.domain import NEXT_STEP, Cause, cause_of
from billing.denials.repository import DenialCount

LONGEST = timedelta(days=366)


async def statistics(session: AsyncSession, actor: Actor, start: date | None, end: date | None) -> dict[str, Any]:
    """Denials of a period of a year at most, by code and by cause; the last 30 days unless told."""
    policies.may_read(actor)
    end = end or today()
    start = start or end - timedelta(days=29)
    if not timedelta(0) <= end - start < LONGEST:
        detail = Detail("end", "OUT_OF_RANGE", "on or after start, and a year later at most")
        raise InvalidInput("The period is not valid", code="VAL_PERIOD", details=[detail])
    found = await repository.counts(session, _midnight(start), _midnight(end + timedelta(days=1)))
    audit.record(session, "billing", "denial.statistics", "User", actor.user_id)
    by_cause: dict[Cause, list[DenialCount]] = defaultdict(list)
    for each in found:
        by_cause[cause_of(each.label)].append(each)
    causes = [{"cause": cause, "next_step": NEXT_STEP[cause], **_sum(counts)} for cause, counts in by_cause.items()]
    return {
        "start": start,
        "end": end,
        "by_code": [
            {
                "code": each.code,
                "label": each.label,
                "cause": cause_of(each.label),
                "next_step": NEXT_STEP[cause_of(each.label)],
                **_sum([each]),
            }
            for each in found
        ],
        "by_cause": sorted(causes, key=lambda each: (-each["times"], each["cause"])),
    }


def _sum(counts: list[DenialCount]) -> dict[str, Any]:
    return {
        "times": sum(each.times for each in counts),
        "claims": sum(each.claims for each in counts),
        "amount": sum((each.amount for each in counts), ZERO),
        "recovered": sum(each.recovered for each in counts),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)
