"""What LGPI does with the files of its exchange folder; the contract is `billing/gateways/lgpi.schema.json`.

The faults of the other interfaces, as far as files can have them:

| fault | here |
|---|---|
| SERVER_ERROR, RATE_LIMIT, TIMEOUT | the file is left for a later look |
| TIMEOUT_AFTER_EFFECT, SLOW | what the file asks for is done, and said at a later look |
| MALFORMED, EMPTY, HTML | what LGPI writes is spoiled, and put right at a later look |
| DUPLICATE_ACCEPTANCE, LATE_REJECTION | as over REST |
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from common.clock import now
from pydantic import ValidationError

from axtech.simulators.billing_gateway.outcomes import accepted_later, then_rejected
from axtech.simulators.billing_gateway.schemas import AttachedDocument, ClaimSubmission, Settings
from axtech.simulators.billing_gateway.store import ReferenceReusedError, Store
from axtech.simulators.faults import FaultRequest, Faults, Kind

EVERY = 0.2
"""Seconds between two looks at the folder."""

_LEFT = frozenset({Kind.SERVER_ERROR, Kind.RATE_LIMIT, Kind.TIMEOUT})
_UNSAID = frozenset({Kind.TIMEOUT_AFTER_EFFECT, Kind.SLOW})
_HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


class Lgpi:
    """Takes exports and pieces, acknowledges, tells states, and hands out return files."""

    def __init__(self, folder: Path, store: Store, settings: Settings, faults: Faults) -> None:
        self._folder = folder
        self._store = store
        self._settings = settings
        self._faults = faults
        self._taken: dict[str, tuple[int, dict[str, Any]]] = {}
        """What each export was answered, with the moment it was written: written again, it is another export."""
        self._spoiled_returns: dict[str, bytes] = {}

    def work(self) -> None:
        """Do once what there is to do."""
        for path in sorted(self._folder.glob("export/*.json")):
            self._take(path)
        for path in sorted(self._folder.glob("acknowledgements/*.json")):
            self._tell(path.stem)
        for path in sorted(self._folder.glob("pieces/*/*.json")):
            self._add(path)
        for name in list(self._spoiled_returns):
            self._write(self._folder / "returns" / name, self._spoiled_returns.pop(name))

    def forget(self) -> None:
        """What was taken in and what is still to be put right; the folder is the caller's to empty."""
        self._taken.clear()
        self._spoiled_returns.clear()

    def hand_out(self, name: str, content: bytes) -> None:
        """Put a return file into the folder."""
        spoiled = _spoiled(content, self._faults.draw("download"))
        self._write(self._folder / "returns" / name, spoiled)
        if spoiled != content:
            self._spoiled_returns[name] = content

    def _take(self, path: Path) -> None:
        reference, written = path.stem, path.stat().st_mtime_ns
        at, answer = self._taken.get(reference, (None, {}))
        if at == written:
            self._say("acknowledgements", reference, answer, None)
            return
        if at is None and self._is_acknowledged(reference):
            return  # by the process before this one
        fault = self._faults.draw("submit")
        if fault is not None and fault.kind in _LEFT:
            return
        answer = self._submitted(path, fault)
        self._taken[reference] = written, answer
        if fault is None or fault.kind not in _UNSAID:
            self._say("acknowledgements", reference, answer, fault)

    def _submitted(self, path: Path, fault: FaultRequest | None) -> dict[str, Any]:
        """Take an export: what to acknowledge it with."""
        steps = accepted_later(now().timestamp(), self._settings.accept_after_seconds)
        if fault is not None and fault.kind is Kind.LATE_REJECTION:
            steps = then_rejected(steps, fault.hold, fault.code, fault.reason)
        kind = fault.kind if fault else None
        try:
            submission = ClaimSubmission.model_validate_json(path.read_bytes())
            self._store.submit(submission, steps, fault=kind, again=kind is Kind.DUPLICATE_ACCEPTANCE)
        except (ValidationError, ReferenceReusedError) as error:
            return {"outcome": "REFUSED", "code": "FORMAT", "reason": type(error).__name__}
        return {"outcome": "RECEIVED"}

    def _tell(self, reference: str) -> None:
        claims = self._store.claims(reference=reference)
        if not claims or claims[0].status == "SUBMITTED":
            return
        reason = claims[0].rejection
        state: dict[str, str] = {"status": claims[0].status}
        if reason is not None:
            state |= {"code": reason.code, "reason": reason.reason}
        if self._is_said("states", reference, state):
            return
        fault = self._faults.draw("status")
        if fault is None or fault.kind not in _LEFT | _UNSAID:
            self._say("states", reference, state, fault)

    def _add(self, path: Path) -> None:
        claims = self._store.claims(reference=path.parent.name)
        if not claims:
            return
        fault = self._faults.draw("documents")
        if fault is None or fault.kind not in _LEFT:
            document = AttachedDocument.model_validate_json(path.read_bytes())
            self._store.attach(claims[0].gateway_ref, [document])
            path.unlink()

    def _is_acknowledged(self, reference: str) -> bool:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return "outcome" in json.loads(self._path("acknowledgements", reference).read_bytes())
        return False

    def _is_said(self, kind: str, reference: str, content: dict[str, Any]) -> bool:
        path = self._path(kind, reference)
        return path.exists() and path.read_bytes() == _made(reference, content)

    def _say(self, kind: str, reference: str, content: dict[str, Any], fault: FaultRequest | None) -> None:
        """Write it where it says something new."""
        if not self._is_said(kind, reference, content):
            self._write(self._path(kind, reference), _spoiled(_made(reference, content), fault))

    def _path(self, kind: str, reference: str) -> Path:
        return self._folder / kind / f"{reference}.json"

    def _write(self, path: Path, content: bytes) -> None:
        """Whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)


def _made(reference: str, content: dict[str, Any]) -> bytes:
    return json.dumps({"reference": reference, **content}).encode()


def _spoiled(content: bytes, fault: FaultRequest | None) -> bytes:
    match fault.kind if fault else None:
        case Kind.MALFORMED:
            return content[: len(content) // 2]
        case Kind.EMPTY:
            return b""
        case Kind.HTML:
            return _HTML
    return content


@asynccontextmanager
async def keeping_at_it(lgpi: Lgpi | None) -> AsyncIterator[None]:
    """Inside the block, look at the folder again and again; nothing happens without one."""
    if lgpi is None:
        yield
        return
    task = asyncio.create_task(_keep_at_it(lgpi))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep_at_it(lgpi: Lgpi) -> None:
    while True:
        with contextlib.suppress(OSError):  # the other side may remove a file between a look and the next
            await asyncio.to_thread(lgpi.work)
        await asyncio.sleep(EVERY)
