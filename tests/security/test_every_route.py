"""Every route of every OpenAPI document, called by everybody about a stranger: each answers as its policy states."""

import importlib
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
import pytest_asyncio
from common.auth import Actor
from common.contracts.enums import Role
from common.contracts.map import SERVICES
from common.http.routers import INTERNAL
from common.testing import RunningService
from common.testing.keys import TestKeys, actor
from common.testing.matrix import ROLES
from common.testing.plugin import RunService, Servers

from tests.security.policies import ABOUT_STRANGERS, BODIES, POLICIES, PROVIDER, PUBLIC
from tests.security.requests import Operation, operations
from tests.security.strangers import Ids, plant_all, plant_user

_ANSWERS = {403: "n", 404: "s"}


@pytest_asyncio.fixture(params=SERVICES)
async def service(request: pytest.FixtureRequest, run_service: RunService, keys: TestKeys) -> RunningService:
    """Each service in turn; its neighbours know nothing."""
    own = (
        {"jwt_secret": keys.identity, "jwt_refresh_secret": "r" * 32, "bcrypt_rounds": 4}
        if request.param == "identity"
        else {}
    )
    running = await run_service(request.param, **own)
    await running.resources.services._client.aclose()
    neighbours = httpx.MockTransport(lambda _: httpx.Response(404, json={}))
    running.resources.services._client = httpx.AsyncClient(transport=neighbours)
    return running


@pytest_asyncio.fixture
async def planting(service: RunningService, servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    database = service.resources.settings.database_url.get_secret_value().rsplit("/", 1)[1]
    connection = await asyncpg.connect(servers.postgres, database=database)
    await connection.execute("SET session_replication_role = replica")  # no foreign keys, no triggers
    yield connection
    await connection.close()


async def test_each_answers_everybody_as_its_policy_states(
    service: RunningService, planting: asyncpg.Connection
) -> None:
    actors = {role: actor(role) for role in ROLES}
    people = {role: _client(service, who) for role, who in actors.items()}
    if service.name == "identity":
        for who in actors.values():
            await plant_user(planting, who.user_id)
    wrong, unstated = [], []
    stated = dict(POLICIES[service.name])
    for operation in operations(service.app.openapi()):
        policy = stated.pop(operation.name, None)
        if policy is None:
            unstated.append(operation.name)
        elif policy in {PUBLIC, PROVIDER}:
            wrong += await _open(service, operation, policy, await plant_all(service.name, planting))
        else:
            wrong += await _guarded(service, operation, policy, people, planting)
    assert unstated == [], "state who may call these, in policies.py"
    assert stated == {}, "these are gone"
    assert not wrong, "\n".join(wrong)


async def _open(service: RunningService, operation: Operation, policy: str, ids: Ids) -> list[str]:
    answer = await service.http.request(**operation.request(ids, BODIES.get(operation.name, {})))
    fits = answer.status_code == 401 if policy == PROVIDER else answer.status_code not in {403, 500}
    return [] if operation.open and fits else [f"{operation.name}, which is {policy}, answered {answer.status_code}"]


async def _guarded(
    service: RunningService,
    operation: Operation,
    policy: str,
    people: dict[Role, httpx.AsyncClient],
    planting: asyncpg.Connection,
) -> list[str]:
    body = BODIES.get(operation.name, {})
    request = operation.request(await plant_all(service.name, planting), body)
    wrong = []
    if operation.open or (await service.http.request(**request)).status_code != 401:
        wrong.append(f"{operation.name} does not ask for a token")
    variants = [(body, policy)]
    if operation.name in ABOUT_STRANGERS:
        more, stated = ABOUT_STRANGERS[operation.name]
        variants.append(({**body, **more}, stated))
    for changes, stated in variants:
        wrong += await _held_against(service.name, operation, changes, stated, people, planting)
    return wrong


async def _held_against(
    service: str,
    operation: Operation,
    changes: dict[str, object],
    policy: str,
    people: dict[Role, httpx.AsyncClient],
    planting: asyncpg.Connection,
) -> list[str]:
    """What each role is answered that the policy does not say."""
    request = operation.request(await plant_all(service, planting), changes)
    wrong = []
    for role, stated in zip(ROLES, policy, strict=True):
        answer = await people[role].request(**request)
        verdict = _ANSWERS.get(answer.status_code, "y")
        if verdict != stated or _proves_nothing(answer):
            wrong.append(f"{operation.name} answered {role} {answer.status_code}, not {stated!r}: {answer.text[:80]}")
        if stated != "y" and operation.method == "patch":
            empty = await people[role].request(**{**request, "json": {}})
            if empty.is_success:
                wrong.append(f"{operation.name} let {role} change nothing: {empty.status_code}")
        if answer.is_success and operation.method != "get":  # it may be gone, or in another state
            request = operation.request(await plant_all(service, planting), changes)
    return wrong


def _proves_nothing(answer: httpx.Response) -> bool:
    """Refused for its form, before anybody asked who calls; or broken. A neighbour that is away is neither."""
    if answer.status_code == 400:
        return bool(answer.json()["error"]["code"] == "VAL_INVALID")
    return answer.status_code == 401 or (answer.status_code >= 500 and answer.status_code != 503)


async def test_internal_routes_are_for_services_only(service: RunningService) -> None:
    ops = _client(service, actor(Role.OPS))
    routers = importlib.import_module(f"{service.name}.app").SERVICE.routers
    routes = [route for router in routers for route in router.routes if route.path.startswith(INTERNAL)]
    assert routes
    for route in routes:
        url = route.path.replace("{", "").replace("}", "")
        for method in route.methods:
            answers = [await http.request(method, url, json={}) for http in (service.http, ops)]
            assert [answer.status_code for answer in answers] == [401, 401], url


def _client(service: RunningService, who: Actor) -> httpx.AsyncClient:
    return service._client(str(service.http.base_url), service.keys.token(who))
