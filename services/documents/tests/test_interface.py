"""The service's interface as a whole."""

from typing import Any
from uuid import UUID

import pytest
from common.contracts.map import CONSUMERS
from documents.app import SERVICE


async def test_the_openapi_document_names_every_call_of_the_contract(desk: Any) -> None:
    document = (await desk.running.http.get("/openapi.json")).json()
    calls = {(method.upper(), path) for path, found in document["paths"].items() for method in found}
    assert calls >= {
        ("POST", "/api/v1/documents"),
        ("GET", "/api/v1/documents"),
        ("GET", "/api/v1/documents/{document_id}"),
        ("DELETE", "/api/v1/documents/{document_id}"),
        ("POST", "/api/v1/documents/{document_id}/complete"),
        ("GET", "/api/v1/documents/{document_id}/download"),
    }
    assert not any("/internal/" in path for _, path in calls)
    assert "metadata" in document["components"]["schemas"]["DocumentBody"]["properties"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/documents"),
        ("POST", "/documents"),
        ("GET", f"/documents/{UUID(int=1)}"),
        ("DELETE", f"/documents/{UUID(int=1)}"),
        ("POST", f"/documents/{UUID(int=1)}/complete"),
        ("GET", f"/documents/{UUID(int=1)}/download"),
    ],
)
async def test_nothing_is_for_anybody(desk: Any, method: str, path: str) -> None:
    assert (await desk.running.http.request(method, f"/api/v1{path}", json={})).status_code == 401


def test_every_consumer_of_the_map_is_there() -> None:
    mapped = {spec.durable for spec in CONSUMERS if spec.service == "documents"}
    assert {consumer.spec.durable for consumer in SERVICE.consumers} == mapped
