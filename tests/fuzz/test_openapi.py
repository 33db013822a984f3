"""Calls that the OpenAPI documents allow, and some they do not, from everybody: no answer breaks its own contract.

FUZZ_EXAMPLES is how many calls are made up for each operation; the same ones in each run of a number.
"""

import os
from typing import Any

import httpx
import pytest
import schemathesis
from common.contracts.enums import Role
from common.contracts.map import SERVICES
from common.testing.keys import TestKeys, actor
from common.testing.plugin import RunService
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.errors import SchemathesisError
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok

_EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "1"))
Call = Any
"""A `schemathesis.Case`."""
_ENVELOPE = {"code", "message", "details", "requestId", "timestamp"}

pytestmark = pytest.mark.timeout(300 + 60 * _EXAMPLES)


def _made_up(operation: Any) -> list[Call]:
    """Calls of one operation. Collected first and made afterwards: the service runs in the test's own event loop."""
    found: list[Call] = []

    @settings(
        max_examples=_EXAMPLES,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def collect(case: Call) -> None:
        found.append(case)

    collect()
    return found


@pytest.mark.parametrize("name", SERVICES)
async def test_no_call_breaks_a_service_or_its_contract(name: str, run_service: RunService, keys: TestKeys) -> None:
    own = (
        {"jwt_secret": keys.identity, "jwt_refresh_secret": "r" * 32, "bcrypt_rounds": 4} if name == "identity" else {}
    )
    service = await run_service(name, **own)
    await service.resources.services._client.aclose()
    neighbours = httpx.MockTransport(lambda _: httpx.Response(404, json={}))
    service.resources.services._client = httpx.AsyncClient(transport=neighbours)
    base = str(service.http.base_url)
    people = {role: service._client(base, keys.token(actor(role))) for role in Role}
    schema = schemathesis.openapi.from_dict(service.app.openapi())
    broken = []
    for operation in (result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)):
        for case in _made_up(operation):
            for role, client in people.items():
                if problem := await _problem(case, client, base):
                    broken.append(f"{role} {case.method} {case.formatted_path}: {problem}")
    assert not broken, "\n".join(broken)


async def _problem(case: Call, client: httpx.AsyncClient, base: str) -> str | None:
    """What is wrong with the answer to a call; None when nothing is."""
    given = case.as_transport_kwargs(base_url=base)
    sent = {name: value for name, value in given.items() if name in {"params", "json", "data", "files", "headers"}}
    if isinstance(sent.get("data"), bytes | str):
        sent["content"] = sent.pop("data")
    headers = {name: value for name, value in (sent.pop("headers", None) or {}).items() if name.lower() != "user-agent"}
    try:
        answer = await client.request(case.method, given["url"], headers=headers, **sent)
    except (httpx.InvalidURL, UnicodeError, TypeError):
        return None  # not a call that HTTP can make
    if answer.status_code >= 500 and answer.status_code != 503:  # a neighbour that is away is said so
        return f"{answer.status_code} {answer.text[:200]}"
    if answer.status_code >= 400:
        error = answer.json().get("error", {})
        return None if error.keys() >= _ENVELOPE else f"{answer.status_code} without the envelope: {answer.text[:200]}"
    try:
        case.operation.validate_response(answer)
    except (Failure, FailureGroup, SchemathesisError) as failure:
        return f"{answer.status_code} is not what the document says: {str(failure)[:300]}"
    return None
