"""LGPI's side of the simulator: files in and out, and every way in which they go wrong."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axtech.simulators.billing_gateway.lgpi import Lgpi
from axtech.simulators.billing_gateway.outcomes import Step
from axtech.simulators.billing_gateway.schemas import Settings
from axtech.simulators.billing_gateway.store import Store
from axtech.simulators.faults import FaultRequest, Faults
from common.clock import now, travel
from jsonschema import Draft202012Validator

from .contract import of_billing
from .test_billing_gateway import DOCUMENT, claim_package

REFERENCE = "CL-2026-000001-1"
LAYOUT = of_billing("lgpi.schema.json")


def check(kind: str, content: bytes) -> Any:
    """What a file says, once it is held against the layout."""
    found = json.loads(content)
    Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": LAYOUT["$defs"]}).validate(found)
    return found


class Exchange:
    """The folder, the store behind it, and the billing software's side of both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "exchange"
        self.store = Store(folder)
        self.faults = Faults()
        self.settings = Settings(accept_after_seconds=3)
        self.lgpi = self.started()

    def started(self) -> Lgpi:
        return Lgpi(self.folder, self.store, self.settings, self.faults)

    def fault(self, kind: str, *operations: str, **values: Any) -> None:
        self.faults.add(FaultRequest.model_validate({"kind": kind, "operations": list(operations), **values}))

    def write(self, name: str, content: dict[str, Any], *, at: int = 0) -> None:
        """Put a file there; another `at`, another time of writing."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
        os.utime(path, (at, at))

    def export(self, *, at: int = 0, **changes: Any) -> None:
        package = claim_package(**changes)
        check("export", json.dumps(package).encode())
        self.write(f"export/{REFERENCE}.json", package, at=at)

    def read(self, folder: str) -> bytes | None:
        path = self.folder / folder / f"{REFERENCE}.json"
        return path.read_bytes() if path.exists() else None

    def said(self, folder: str = "acknowledgements") -> Any:
        """What LGPI says; None while it says nothing."""
        content = self.read(folder)
        return None if content is None else check(folder.removesuffix("s"), content)

    def references(self) -> list[str]:
        return [claim.reference for claim in self.store.claims()]


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = Exchange(tmp_path)
    yield made
    made.store.database.close()


RECEIVED = {"reference": REFERENCE, "outcome": "RECEIVED"}


def test_a_claim_is_acknowledged_then_pending_then_accepted(exchange: Exchange) -> None:
    exchange.lgpi.work()
    exchange.export()
    exchange.lgpi.work()
    assert (exchange.said(), exchange.said("states")) == (RECEIVED, None)
    seen = []
    for seconds in (2, 4):
        with travel(now() + timedelta(seconds=seconds)):
            exchange.lgpi.work()
        seen.append(exchange.said("states")["status"])
    assert seen == ["PENDING", "ACCEPTED"]
    assert exchange.references() == [REFERENCE]


def test_an_export_that_is_not_to_the_layout_is_refused_as_a_whole(exchange: Exchange) -> None:
    exchange.write(f"export/{REFERENCE}.json", claim_package() | {"items": []})
    exchange.lgpi.work()
    assert exchange.said() == {
        "reference": REFERENCE,
        "outcome": "REFUSED",
        "code": "FORMAT",
        "reason": "ValidationError",
    }
    assert exchange.references() == []


def test_a_piece_is_added_once_its_claim_is_known(exchange: Exchange) -> None:
    piece = DOCUMENT | {"role": "QUOTE"}
    check("piece", json.dumps(piece).encode())
    exchange.write(f"pieces/{REFERENCE}/2.json", piece)
    exchange.lgpi.work()
    assert exchange.store.documents() == []
    exchange.export()
    exchange.fault("SERVER_ERROR", "documents")
    exchange.lgpi.work()
    assert [each.role for each in exchange.store.documents()] == ["PRESCRIPTION"]
    exchange.lgpi.work()
    assert [each.role for each in exchange.store.documents()] == ["PRESCRIPTION", "QUOTE"]
    assert list((exchange.folder / "pieces" / REFERENCE).iterdir()) == []


@pytest.mark.parametrize("kind", ["SERVER_ERROR", "RATE_LIMIT", "TIMEOUT"])
def test_an_export_may_lie_there_for_long(exchange: Exchange, kind: str) -> None:
    exchange.export()
    exchange.fault(kind, "submit", count=2)
    for _ in range(2):
        exchange.lgpi.work()
        assert (exchange.said(), exchange.references()) == (None, [])
    exchange.lgpi.work()
    assert (exchange.said(), exchange.references()) == (RECEIVED, [REFERENCE])


@pytest.mark.parametrize("kind", ["TIMEOUT_AFTER_EFFECT", "SLOW"])
def test_a_claim_may_be_taken_long_before_that_is_said(exchange: Exchange, kind: str) -> None:
    exchange.export()
    exchange.fault(kind, "submit")
    exchange.lgpi.work()
    assert (exchange.said(), exchange.references()) == (None, [REFERENCE])
    exchange.lgpi.work()
    assert (exchange.said(), exchange.references()) == (RECEIVED, [REFERENCE])


@pytest.mark.parametrize("kind", ["MALFORMED", "EMPTY", "HTML"])
def test_what_is_written_may_be_spoiled_and_is_put_right(exchange: Exchange, kind: str) -> None:
    exchange.export()
    exchange.fault(kind, "submit")
    exchange.lgpi.work()
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        exchange.said()
    exchange.lgpi.work()
    assert exchange.said() == RECEIVED
    exchange.fault(kind, "status")
    with travel(now() + timedelta(seconds=4)):
        exchange.lgpi.work()
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            exchange.said("states")
        exchange.lgpi.work()
    assert exchange.said("states")["status"] == "ACCEPTED"
    exchange.fault(kind, "download")
    exchange.lgpi.hand_out("return.txt", b"the whole return")
    file = exchange.folder / "returns/return.txt"
    assert file.read_bytes() != b"the whole return"
    exchange.lgpi.work()
    assert file.read_bytes() == b"the whole return"
    assert exchange.references() == [REFERENCE]


def test_an_export_that_lies_there_is_taken_once_and_one_written_again_may_be_doubled(exchange: Exchange) -> None:
    exchange.fault("DUPLICATE_ACCEPTANCE", "submit", count=10)
    exchange.export()
    for _ in range(3):
        exchange.lgpi.work()
    assert exchange.references() == [REFERENCE]
    exchange.export(at=60)
    exchange.lgpi.work()
    assert exchange.references() == [REFERENCE, REFERENCE]


def test_a_late_rejection_replaces_the_acceptance(exchange: Exchange) -> None:
    exchange.fault("LATE_REJECTION", "submit", seconds=10, code="0712", reason="Contrôle")
    exchange.export()
    exchange.lgpi.work()
    seen = []
    for seconds in (4, 14):
        with travel(now() + timedelta(seconds=seconds)):
            exchange.lgpi.work()
        seen.append(exchange.said("states"))
    assert seen == [
        {"reference": REFERENCE, "status": "ACCEPTED"},
        {"reference": REFERENCE, "status": "REJECTED", "code": "0712", "reason": "Contrôle"},
    ]


def test_a_state_that_is_told_late_is_the_one_of_then(exchange: Exchange) -> None:
    exchange.export()
    exchange.lgpi.work()
    [claim] = exchange.store.claims()
    exchange.store.plan(claim.gateway_ref, [Step(0, "PENDING")])
    exchange.fault("TIMEOUT", "status")
    exchange.lgpi.work()
    assert exchange.said("states") is None
    exchange.store.plan(claim.gateway_ref, [Step(0, "ACCEPTED")])
    exchange.lgpi.work()
    assert exchange.said("states")["status"] == "ACCEPTED"


def test_a_restart_takes_nothing_again_and_forgets_nothing(exchange: Exchange) -> None:
    exchange.export()
    exchange.lgpi.work()
    exchange.fault("DUPLICATE_ACCEPTANCE", "submit", count=10)
    exchange.started().work()
    assert (exchange.said(), exchange.references()) == (RECEIVED, [REFERENCE])
