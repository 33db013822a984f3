"""What identity is asked, and how often."""

import asyncio
from typing import Any

import pytest
from common.contracts.enums import Role
from common.errors import Unavailable
from common.ids import new_id
from notifications.identity import Directory


class Services:
    """Stands in for the client: counts calls, and answers once `open` is set."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.open = asyncio.Event()
        self.away = False

    async def get(self, _service: str, path: str, **_: Any) -> Any:
        """Somebody, by whatever path."""
        self.calls.append(path)
        await self.open.wait()
        if self.away:
            raise Unavailable("The identity service cannot be reached", code="INT_SERVICE_UNAVAILABLE")
        person = {"userId": str(new_id()), "role": "OPS", "email": "a@example.fr", "emailVerified": True}
        return {"recipients": [person]} if path.endswith("/contacts") else person


@pytest.fixture
def services() -> Services:
    return Services()


async def test_one_call_answers_all_who_ask_the_same_at_once(services: Services) -> None:
    directory, someone, other = Directory(services), new_id(), new_id()  # type: ignore[arg-type]
    asking = [asyncio.create_task(directory.of_user(user)) for user in (someone, someone, someone, other)]
    await asyncio.sleep(0)
    asking[0].cancel()
    services.open.set()
    _, second, third, _ = await asyncio.gather(*asking, return_exceptions=True)
    assert len(services.calls) == 2
    assert second == third


async def test_a_person_is_asked_for_anew_and_a_role_is_known_for_a_while(services: Services) -> None:
    directory, someone = Directory(services), new_id()  # type: ignore[arg-type]
    services.open.set()
    for _ in range(3):
        await directory.of_user(someone)
        await directory.of_patient(someone)
        await directory.of_role(Role.OPS)
    await directory.of_role(Role.BILLING)
    assert len(services.calls) == 3 + 3 + 2


async def test_a_failure_is_told_to_all_and_not_kept(services: Services) -> None:
    directory = Directory(services)  # type: ignore[arg-type]
    services.open.set()
    services.away = True
    failed = await asyncio.gather(*(directory.of_role(Role.OPS) for _ in range(3)), return_exceptions=True)
    services.away = False
    assert [type(error) for error in failed] == [Unavailable] * 3
    assert await directory.of_role(Role.OPS)
    assert len(services.calls) == 2
