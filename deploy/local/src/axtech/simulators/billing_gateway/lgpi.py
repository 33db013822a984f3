"""What LGPI does with the files of its exchange folder; the contract is `billing/gateways/lgpi.schema.json`."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from common.clock import now
from pydantic import ValidationError

from axtech.simulators.billing_gateway.outcomes import accepted_later
from axtech.simulators.billing_gateway.schemas import AttachedDocument, ClaimSubmission, Settings
from axtech.simulators.billing_gateway.store import ReferenceReusedError, Store

EVERY = 0.2
"""Seconds between two looks at the folder."""


class Lgpi:
    """Takes exports and pieces, acknowledges, and tells states."""

    def __init__(self, folder: Path, store: Store, settings: Settings) -> None:
        self._folder = folder
        self._store = store
        self._settings = settings

    def work(self) -> None:
        """Do once what there is to do."""
        for path in sorted(self._folder.glob("export/*.json")):
            if not self._path("acknowledgements", path.stem).exists():
                self._take(path)
        for path in sorted(self._folder.glob("acknowledgements/*.json")):
            self._tell(path.stem)
        for path in sorted(self._folder.glob("pieces/*/*.json")):
            self._add(path)

    def _take(self, path: Path) -> None:
        steps = accepted_later(now().timestamp(), self._settings.accept_after_seconds)
        try:
            submission = ClaimSubmission.model_validate_json(path.read_bytes())
            self._store.submit(submission, steps, fault=None, again=False)
        except FileNotFoundError:
            return
        except (ValidationError, ReferenceReusedError) as error:
            refusal = {"outcome": "REFUSED", "code": "FORMAT", "reason": type(error).__name__}
            self._write("acknowledgements", path.stem, refusal)
            return
        self._write("acknowledgements", path.stem, {"outcome": "RECEIVED"})

    def _tell(self, reference: str) -> None:
        claims = self._store.claims(reference=reference)
        if not claims or claims[0].status == "SUBMITTED":
            return
        reason = claims[0].rejection
        state: dict[str, str] = {"status": claims[0].status}
        if reason is not None:
            state |= {"code": reason.code, "reason": reason.reason}
        self._write("states", reference, state)

    def _add(self, path: Path) -> None:
        claims = self._store.claims(reference=path.parent.name)
        if claims:
            document = AttachedDocument.model_validate_json(path.read_bytes())
            self._store.attach(claims[0].gateway_ref, [document])
            path.unlink()

    def _path(self, kind: str, reference: str) -> Path:
        return self._folder / kind / f"{reference}.json"

    def _write(self, kind: str, reference: str, content: dict[str, Any]) -> None:
        """Whole or not at all, and only when it says something new."""
        path = self._path(kind, reference)
        made = json.dumps({"reference": reference, **content})
        if path.exists() and path.read_text("utf-8") == made:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(made, "utf-8")
        part.replace(path)


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
