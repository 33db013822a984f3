"""How far an export is, told in the database as it goes: whoever waits may ask any replica."""

from typing import Any
from uuid import UUID

import anyio
from common.clock import now
from common.db.engine import Database

from identity.rights import repository
from identity.rights.domain import is_whole
from identity.rights.gathering import Part
from identity.rights.models import ExportState


class Progress:
    """Of one export. Within `async with`; left by an error, or by somebody who went away, the export is ABORTED."""

    def __init__(self, database: Database, export_id: UUID, own: dict[str, Any]) -> None:
        self.told: list[dict[str, Any]] = []
        """What the manifest says of each part and file."""
        self._parts: list[dict[str, Any]] = []
        self._database = database
        self._export_id = export_id
        self._services_done = 1
        for name, content in own.items():
            self._note(Part(name, items=content if isinstance(content, list) else [content]))

    @property
    def whole(self) -> bool:
        """Whether everything could be read so far."""
        return is_whole(one["status"] for one in self.told)

    async def __aenter__(self) -> "Progress":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        ended = ExportState.COMPLETE if self.whole else ExportState.INCOMPLETE
        with anyio.CancelScope(shield=True):  # whoever goes away cancels all but this
            await self._save(ExportState.ABORTED if kind is not None else ended)

    async def take(self, part: Part) -> None:
        """Note a part that was read."""
        self._note(part)
        self._services_done += part.last
        await self._save(ExportState.RUNNING)

    def take_file(self, name: str, status: str) -> None:
        """Note a document's content: in the manifest alone, for its name may say whose it is."""
        self.told.append({"name": name, "status": status})

    def _note(self, part: Part) -> None:
        told = {"name": part.name, "service": part.service, "status": part.status, "items": len(part.items)}
        self.told.append(told)
        self._parts.append(told)

    async def _save(self, state: ExportState) -> None:
        async with self._database.transaction() as session:
            values = {"state": state, "services_done": self._services_done, "parts": self._parts}
            if state is not ExportState.RUNNING:
                values["ended_at"] = now()
            await repository.update_export(session, self._export_id, values)
