"""What a service publishes and reacts to, as an AsyncAPI 3.0 document made from the contracts and the map."""

from collections.abc import Iterable
from typing import Any

from common.contracts import map as contract_map
from common.events.contract import Contract, Event, Job

_MEDIA_TYPE = "application/cloudevents+json"


def asyncapi_document(service: str) -> dict[str, Any]:
    """The document of one service: a channel for each stream, `send` for its events, `receive` for its durables."""
    operations: dict[str, tuple[str, str, list[type[Contract]]]] = {}
    published: list[type[Contract]] = [
        c for c in Contract.registry.values() if c.service == service and issubclass(c, Event)
    ]
    operations["publish"] = ("send", f"The events of {service}", published)
    for spec in contract_map.CONSUMERS:
        if spec.service == service:
            for stream in spec.streams():
                events = [event for event in spec.events if event.stream() == stream]
                operations[f"{spec.durable}-{stream.lower()}"] = ("receive", f"Durable {spec.durable}", list(events))
    for queue in contract_map.QUEUES:
        jobs = [c for c in Contract.registry.values() if issubclass(c, Job) and c.queue == queue.name]
        if queue.service == service and jobs:
            text = f"Queue {queue.name}: {queue.concurrency} at once, {queue.retry.attempts - 1} retries"
            operations[queue.durable] = ("receive", text, list(jobs))
    contracts = {c.type_name(): c for _, _, used in operations.values() for c in used}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"AX TECH {service}",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in structured JSON over NATS JetStream; each payload describes `data`.",
        },
        "defaultContentType": _MEDIA_TYPE,
        "channels": _channels(contracts.values()),
        "operations": {name: _operation(*operations[name]) for name in sorted(operations)},
        "components": {
            "messages": {name: _message(contract) for name, contract in sorted(contracts.items())},
            "schemas": _schemas(contracts.values()),
        },
    }


def _channels(contracts: Iterable[type[Contract]]) -> dict[str, Any]:
    channels: dict[str, Any] = {}
    for contract in sorted(contracts, key=lambda contract: contract.type_name()):
        prefix = ".".join(contract.subject().split(".")[:2])
        channel = channels.setdefault(contract.stream(), {"address": f"{prefix}.>", "messages": {}})
        name = contract.type_name()
        channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}
    return dict(sorted(channels.items()))


def _operation(action: str, summary: str, contracts: list[type[Contract]]) -> dict[str, Any]:
    channel = f"#/channels/{contracts[0].stream()}"
    names = sorted(contract.type_name() for contract in contracts)
    return {
        "action": action,
        "channel": {"$ref": channel},
        "summary": summary,
        "messages": [{"$ref": f"{channel}/messages/{name}"} for name in names],
    }


def _message(contract: type[Contract]) -> dict[str, Any]:
    return {
        "name": contract.type_name(),
        "title": contract.subject(),
        "contentType": _MEDIA_TYPE,
        "payload": {"$ref": f"#/components/schemas/{contract.__name__}"},
    }


def _schemas(contracts: Iterable[type[Contract]]) -> dict[str, Any]:
    schemas: dict[str, Any] = {}
    for contract in contracts:
        schema = contract.model_json_schema(
            by_alias=True, ref_template="#/components/schemas/{model}", mode="serialization"
        )
        schemas.update(schema.pop("$defs", {}))
        schemas[contract.__name__] = schema
    return dict(sorted(schemas.items()))
