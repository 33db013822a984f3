"""What comes over the broker is read, or refused for good: nothing else, whatever it is."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import orjson
import pytest
from common import clock
from common.contracts.cases import QuoteApprovedV1
from common.contracts.map import CONSUMERS
from common.events import consume
from common.events.contract import Contract
from common.events.retry import PermanentError
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.msg import Msg
from pydantic import ValidationError

_EXPECTED: dict[str, type[Contract]] = {event.type_name(): event for spec in CONSUMERS for event in spec.events}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _read(payload: bytes) -> None:
    message = SimpleNamespace(data=payload, metadata=SimpleNamespace(num_delivered=1))
    consume._parse(cast("Msg", message), _EXPECTED)


def _sound() -> dict[str, Any]:
    """An envelope whose data is not a quote's."""
    return {
        "id": str(uuid4()),
        "source": "axtech/cases",
        "type": QuoteApprovedV1.type_name(),
        "subject": str(uuid4()),
        "time": clock.now().isoformat(),
        "dataschema": "urn:axtech:contract:QuoteApprovedV1",
        "aggregateversion": 1,
        "correlationid": str(uuid4()),
        "requestid": "req",
        "traceparent": "00",
        "data": {},
    }


@given(st.binary() | _JSON.map(orjson.dumps))
def test_what_is_no_envelope_is_refused_for_good(payload: bytes) -> None:
    with pytest.raises((PermanentError, ValidationError)):
        _read(payload)


@given(st.sampled_from(sorted(_sound())), _JSON)
def test_an_envelope_with_one_part_of_any_kind_is_refused_for_good(part: str, value: Any) -> None:
    with pytest.raises((PermanentError, ValidationError)):
        _read(orjson.dumps({**_sound(), part: value}))


@given(st.sampled_from(sorted(_EXPECTED)), st.dictionaries(st.text(), _JSON, max_size=4))
def test_data_of_any_kind_is_read_as_its_contract_or_refused_for_good(kind: str, data: dict[str, Any]) -> None:
    try:
        _read(orjson.dumps({**_sound(), "type": kind, "data": data}))
    except (PermanentError, ValidationError):
        return
    _EXPECTED[kind].model_validate(data)
