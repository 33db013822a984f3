"""A conversation over HTTP."""

from typing import Any
from uuid import UUID

import httpx
from common.auth import Actor
from common.contracts.enums import Role
from common.testing.keys import actor


class Talk:
    """A conversation of one user."""

    def __init__(self, http: httpx.AsyncClient, conversation: dict[str, Any]) -> None:
        self.http = http
        self.path = f"/chat/conversations/{conversation['id']}"

    async def say(self, text: str) -> dict[str, Any]:
        """What is answered, with the template at hand."""
        answer = await self.http.post(f"{self.path}/messages", json={"text": text})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return {**found, "template": found["reply"]["templateId"], "text": found["reply"]["text"]}

    async def state(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get(self.path)).json()
        return found


async def talk(http: httpx.AsyncClient) -> Talk:
    started = await http.post("/chat/conversations")
    assert started.status_code == 201, started.text
    return Talk(http, started.json())


def patient_of(device: dict[str, Any]) -> Actor:
    return actor(Role.PATIENT, patient_id=UUID(device["patientId"]))
