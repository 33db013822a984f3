"""The hash chain, as a rule."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from identity.audit_log.domain import COVERED, START, Check, Retired, hash_of, storable

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
texts = st.none() | st.text(max_size=20)
entries = st.fixed_dictionaries(
    {
        "id": st.uuids(),
        "timestamp": st.datetimes(timezones=st.just(UTC)),
        "service": st.sampled_from(["identity", "cases"]),
        "actor_id": st.none() | st.uuids(),
        "actor_type": st.just("USER"),
        "action": st.text(max_size=20),
        "object_type": st.text(max_size=20),
        "object_id": st.uuids(),
        "changes": st.none() | st.dictionaries(st.text(max_size=10), json_values, max_size=3).map(storable),
        "ip_address": texts,
        "user_agent": texts,
        "request_id": texts,
    }
)


Row = tuple[int, bytes, bytes, dict[str, Any]]


def _chained(told: list[dict[str, Any]]) -> list[Row]:
    rows: list[Row] = []
    previous = START
    for position, entry in enumerate(told, start=1):
        claimed = hash_of(position, previous, entry)
        rows.append((position, previous, claimed, entry))
        previous = claimed
    return rows


def _first_invalid(rows: list[Row], head: Row) -> UUID | None:
    check = Check()
    for row in rows:
        check.take(*row)
    check.finish(head[0], head[2], head[3]["id"])
    assert check.checked == len(rows)
    return check.first_invalid


@given(st.lists(entries, min_size=1, max_size=6, unique_by=lambda entry: entry["id"]), st.data())
@settings(max_examples=100)
def test_an_untouched_chain_holds_and_any_change_breaks_it_where_it_was_made(
    told: list[dict[str, Any]], data: st.DataObject
) -> None:
    rows = _chained(told)
    head = rows[-1]
    assert _first_invalid(rows, head) is None
    at = data.draw(st.integers(0, len(rows) - 1))
    position, previous, claimed, entry = rows[at]
    name = data.draw(st.sampled_from([name for name in COVERED if name != "id"]))
    other = data.draw(entries)[name]
    if other != entry[name]:
        changed = [*rows[:at], (position, previous, claimed, entry | {name: other}), *rows[at + 1 :]]
        assert _first_invalid(changed, head) == entry["id"]
    removed = rows[:at] + rows[at + 1 :]
    follows = rows[at + 1][3]["id"] if at + 1 < len(rows) else head[3]["id"]
    assert _first_invalid(removed, head) == follows
    forged = data.draw(entries)
    inserted = (position, previous, hash_of(position, previous, forged), forged)
    assert _first_invalid([*rows[:at], inserted, *rows[at:]], head) is not None


@given(st.lists(entries, min_size=1, max_size=8, unique_by=lambda entry: entry["id"]), st.data())
@settings(max_examples=100)
def test_runs_that_were_retired_are_passed_over_and_nothing_else_is(
    told: list[dict[str, Any]], data: st.DataObject
) -> None:
    rows = _chained(told)
    gone = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    retired: dict[int, Retired] = {}
    for (position, previous, claimed, _), left in zip(rows, gone, strict=True):
        if left:
            retired[position] = Retired(position, previous, claimed)
    check = Check(retired)
    for row, left in zip(rows, gone, strict=True):
        if not left:
            check.take(*row)
    check.finish(rows[-1][0], rows[-1][2], rows[-1][3]["id"])
    assert check.first_invalid is None
    forged = {position: Retired(run.last_position, b"x" * 32, run.after) for position, run in retired.items()}
    check = Check(forged)
    for row, left in zip(rows, gone, strict=True):
        if not left:
            check.take(*row)
    check.finish(rows[-1][0], rows[-1][2], rows[-1][3]["id"])
    assert (check.first_invalid is None) is not any(gone)


@given(st.dictionaries(st.text(max_size=10), json_values, max_size=3))
def test_changes_read_back_as_they_were_hashed(changes: dict[str, Any]) -> None:
    kept = storable(changes)
    assert storable(orjson.loads(orjson.dumps(kept))) == kept
    assert "\0" not in str(orjson.dumps(kept))


@given(entries)
def test_the_hash_does_not_depend_on_the_time_zone_a_moment_is_told_in(entry: dict[str, Any]) -> None:
    there = timezone(timedelta(hours=5, minutes=30))
    if entry["timestamp"].year < 9999 and entry["timestamp"].year > 1:
        told = entry | {"timestamp": entry["timestamp"].astimezone(there)}
        assert hash_of(1, START, told) == hash_of(1, START, entry)
        assert isinstance(told["timestamp"], datetime)
