"""Holds the simulator's answers against the contract that billing's adapter is written to."""

import json
import re
from importlib.resources import files
from typing import Any

import httpx
from jsonschema import Draft202012Validator

CONTRACT: dict[str, Any] = json.loads((files("billing") / "gateways" / "infimax.openapi.json").read_text("utf-8"))


def operation(method: str, path: str) -> dict[str, Any]:
    """The contract's operation for a request; KeyError when it has none."""
    for template, methods in CONTRACT["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in methods:
            found: dict[str, Any] = methods[method.lower()]
            return found
    raise KeyError(f"{method} {path} is not in the contract")


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """The object a `$ref` names, or the node itself."""
    if "$ref" not in node:
        return node
    target: Any = CONTRACT
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return dict(target)


def validate(schema: dict[str, Any], value: object) -> None:
    Draft202012Validator({**schema, "components": CONTRACT["components"]}).validate(value)


async def check(response: httpx.Response) -> None:
    """Fail unless the answer is one the contract declares; for an httpx response hook."""
    request = response.request
    if not request.url.path.startswith("/v1/"):
        return
    await response.aread()
    declared = resolved(operation(request.method, request.url.path)["responses"][str(response.status_code)])
    for name, header in declared.get("headers", {}).items():
        assert not header.get("required") or name in response.headers
    media = response.headers["content-type"].split(";")[0]
    schema = declared["content"][media]["schema"]
    if media == "application/json":
        validate(schema, response.json())
