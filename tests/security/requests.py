"""A request for each operation of an OpenAPI document: valid by its schema, as plain as it can be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")

_OF_FORMAT = {
    "uuid": "01890000-0000-7000-8000-000000000001",
    "date": "2026-02-12",
    "date-time": "2027-01-04T09:00:00Z",
    "email": "somebody@example.test",
    "uri": "https://example.test/",
    "binary": "content",
}


@dataclass(frozen=True)
class Operation:
    """One method of one path. `open` needs no token."""

    method: str
    path: str
    description: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def open(self) -> bool:
        return not self.description.get("security")

    def request(self, ids: Mapping[str, str], changes: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments of `httpx.AsyncClient.request`; `ids` are of the path, `changes` replace parts of the body.

        A change that is `{name}` stands for the id of that name.
        """
        changes = {name: value.format_map(ids) if isinstance(value, str) else value for name, value in changes.items()}
        found: dict[str, Any] = {"method": self.method.upper(), "url": self.path.format_map(ids)}
        found["params"] = {
            parameter["name"]: self._example(parameter["schema"])
            for parameter in self.description.get("parameters", [])
            if parameter["in"] == "query" and parameter.get("required")
        }
        content = self.description.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            body = self._example(content["application/json"]["schema"])
            found["json"] = {**body, **changes} if isinstance(body, dict) else body
        elif "multipart/form-data" in content:
            fields = {**self._example(content["multipart/form-data"]["schema"]), **changes}
            found["files"] = {"file": ("file.txt", b"content")}
            found["data"] = {name: value for name, value in fields.items() if name != "file"}
        elif "application/x-www-form-urlencoded" in content:
            found["data"] = dict(changes)
        return found

    def _example(self, schema: Mapping[str, Any]) -> Any:
        if "$ref" in schema:
            return self._example(self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self._example(next(one for one in schema[choice] if one.get("type") != "null"))
        if "const" in schema or "enum" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        kind = schema.get("type")
        if kind == "object":
            properties = schema.get("properties", {})
            return {name: self._example(properties[name]) for name in schema.get("required", [])}
        if kind == "array":
            return [self._example(schema["items"])] * max(1, schema.get("minItems", 0))
        return _scalar(schema)


def _scalar(schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind in {"integer", "number"}:
        return max(schema.get("minimum", 1), 1)
    if kind == "boolean":
        return True
    if "pattern" in schema and "decimal" in schema.get("description", "").lower():
        return "1.00"
    text = _OF_FORMAT.get(schema.get("format", ""), "example")
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 1000)]


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of a document."""
    for path, described in document["paths"].items():
        for method in METHODS:
            if method in described:
                yield Operation(method, path, described[method], document)
