"""The main job while programs are killed: nothing is lost, nothing is done twice."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from axtech.demo.api import Refused, seen
from axtech.demo.cast import Cast
from axtech.demo.story import play
from httpx import HTTPError

NewCast = Callable[[], Awaitable[Cast]]

pytestmark = pytest.mark.usefixtures("breaking")


async def test_a_killed_service_takes_up_what_it_missed(platform: Any, new_cast: NewCast) -> None:
    cast = await new_cast()
    await play(cast, until="quote")
    platform.kill("billing")
    await cast.patient.post(f"/quotes/{cast.facts.quote_id}/approve")
    claims = await seen(lambda: _claims(cast), what="the claim drafted after the restart", seconds=60)
    assert [claim["status"] for claim in claims] == ["DRAFT"]
    cast.facts.claim = claims[0]
    await platform.whole()
    await play(cast, after="approve")
    assert len(await _claims(cast)) == 1


async def test_a_killed_broker_loses_nothing(platform: Any, new_cast: NewCast) -> None:
    cast = await new_cast()
    await play(cast, until="quote")
    platform.kill("nats")
    await cast.patient.post(f"/quotes/{cast.facts.quote_id}/approve")
    claims = await seen(lambda: _claims(cast), what="the claim drafted after the restart", seconds=60)
    cast.facts.claim = claims[0]
    await platform.whole()
    await play(cast, after="approve")
    assert len(await _claims(cast)) == 1
    assert (
        await platform.count("devices", "SELECT count(*) FROM device_instances WHERE case_id = $1", cast.facts.case_id)
        == 1
    )


async def _claims(cast: Cast) -> list[dict[str, Any]]:
    try:
        page = await cast.billing.get("/claims", caseId=cast.facts.case_id)
    except (Refused, HTTPError):  # while it restarts
        return []
    found: list[dict[str, Any]] = page["items"]
    return found
