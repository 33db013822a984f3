"""Holds the simulator's answers against the contracts that billing's adapters are written to."""

import json
import re
from importlib.resources import files
from typing import Any

import httpx
from fastapi import FastAPI
from jsonschema import Draft202012Validator


def of_billing(name: str) -> dict[str, Any]:
    """A document that lies beside the adapter."""
    found: dict[str, Any] = json.loads((files("billing") / "gateways" / name).read_text("utf-8"))
    return found


class Contract:
    """An OpenAPI document, of the paths below `prefix`."""

    def __init__(self, name: str, prefix: str) -> None:
        self.document = of_billing(name)
        self.prefix = prefix

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """The operation for a request; KeyError when it has none."""
        for template, methods in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in methods:
                found: dict[str, Any] = methods[method.lower()]
                return found
        raise KeyError(f"{method} {path} is not in the contract")

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """The object a `$ref` names, or the node itself."""
        if "$ref" not in node:
            return node
        target: Any = self.document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return dict(target)

    def validate(self, schema: dict[str, Any], value: object) -> None:
        """Fail unless `value` is what a schema of the document says."""
        Draft202012Validator({**schema, "components": self.document["components"]}).validate(value)

    async def check(self, response: httpx.Response) -> None:
        """Fail unless the answer is one the contract declares; for an httpx response hook."""
        request = response.request
        if not request.url.path.startswith(self.prefix):
            return
        await response.aread()
        operation = self.operation(request.method, request.url.path)
        declared = self.resolved(operation["responses"][str(response.status_code)])
        for name, header in declared.get("headers", {}).items():
            assert not header.get("required") or name in response.headers
        media = response.headers["content-type"].split(";")[0]
        schema = declared["content"][media]["schema"]
        if media == "application/json":
            self.validate(schema, response.json())

    def is_served_by(self, app: FastAPI) -> bool:
        """Whether the application has every operation."""

        def operations(document: dict[str, Any]) -> set[tuple[str, str]]:
            return {
                (re.sub(r"\{[^}]+\}", "{}", path), method)
                for path, methods in document["paths"].items()
                for method in methods
            }

        return operations(self.document) <= operations(app.openapi())


INFIMAX = Contract("infimax.openapi.json", "/v1/")
VEGA = Contract("vega.openapi.json", "/api/")
