"""The AsyncAPI document of each service."""

import json
from typing import Any

import pytest
from common.contracts.map import CONSUMERS, SERVICES
from common.events.asyncapi import asyncapi_document


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        here = [value["$ref"]] if "$ref" in value else []
        return here + [found for inner in value.values() for found in references(inner)]
    return [found for inner in value for found in references(inner)] if isinstance(value, list) else []


def resolve(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_leads_somewhere(service: str) -> None:
    document = json.loads(json.dumps(asyncapi_document(service)))
    assert references(document)
    for reference in references(document):
        assert resolve(document, reference)


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_a_service_reads_is_in_its_document(service: str) -> None:
    document = asyncapi_document(service)
    read = {event.type_name() for spec in CONSUMERS if spec.service == service for event in spec.events}
    received = {
        reference.rsplit("/", 1)[1]
        for operation in document["operations"].values()
        if operation["action"] == "receive"
        for reference in (message["$ref"] for message in operation["messages"])
    }
    assert read <= received
