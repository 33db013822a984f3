"""One golden JSON per contract; a change may add a field with a default, never take away, rename or retype one.

`python -m common.contracts.golden check` (in `make lint`) fails for a contract without its file, for one whose schema
no longer reads or writes what the file says, and for a file whose contract is gone. `write` makes missing files only.
"""

import json
import sys
from pathlib import Path
from typing import Any

import common.contracts.map  # noqa: F401 - importing the package registers every contract
from common.events.contract import Contract

FOLDER = Path(__file__).parent / "golden"


def schema_of(contract: type[Contract]) -> dict[str, Any]:
    """What matters of a contract: its properties with their types, and which of them are required."""
    schema = contract.model_json_schema(by_alias=True, mode="serialization")
    definitions = schema.get("$defs", {})
    return {
        "type": contract.type_name(),
        "properties": {name: _kind(value, definitions) for name, value in sorted(schema["properties"].items())},
        "required": sorted(contract.model_json_schema(by_alias=True).get("required", [])),
    }


def _kind(value: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            return _kind(definitions[value["$ref"].rsplit("/", 1)[1]], definitions)
        kept = {k: v for k, v in value.items() if k not in {"title", "description", "default", "examples"}}
        return {k: _kind(v, definitions) for k, v in sorted(kept.items())}
    return [_kind(item, definitions) for item in value] if isinstance(value, list) else value


def differences(golden: dict[str, Any], present: dict[str, Any]) -> list[str]:
    """What breaks readers or writers of the golden shape: fields lost, retyped, or newly required."""
    problems = [f"{name} is gone" for name in golden["properties"] if name not in present["properties"]]
    problems += [
        f"{name} changed from {kind} to {present['properties'][name]}"
        for name, kind in golden["properties"].items()
        if name in present["properties"] and not _compatible(kind, present["properties"][name])
    ]
    problems += [f"{name} is required now" for name in present["required"] if name not in golden["required"]]
    return problems


def _compatible(golden: Any, present: Any) -> bool:
    """The same; or an enumeration with more members."""
    if isinstance(golden, dict) and isinstance(present, dict) and "enum" in golden and "enum" in present:
        return set(golden["enum"]) <= set(present["enum"])
    if isinstance(golden, dict) and isinstance(present, dict):
        return all(name in present and _compatible(kind, present[name]) for name, kind in golden.items())
    if isinstance(golden, list) and isinstance(present, list):
        return len(golden) <= len(present) and all(map(_compatible, golden, present))
    return bool(golden == present)


def _path(contract: type[Contract]) -> Path:
    return FOLDER / f"{contract.type_name()}.json"


def check() -> list[str]:
    """Everything that is not as the golden files say, a line each."""
    problems = []
    known = set()
    for contract in Contract.registry.values():
        path = _path(contract)
        known.add(path.name)
        if not path.exists():
            problems.append(f"{contract.type_name()}: no golden file; run `make contracts`")
            continue
        golden = json.loads(path.read_text(encoding="utf-8"))
        problems += [f"{contract.type_name()}: {what}" for what in differences(golden, schema_of(contract))]
    problems += [f"{path.name}: its contract is gone" for path in FOLDER.glob("*.json") if path.name not in known]
    return problems


def write() -> list[str]:
    """Make the missing files; returns their names."""
    FOLDER.mkdir(exist_ok=True)
    made = []
    for contract in Contract.registry.values():
        path = _path(contract)
        if not path.exists():
            path.write_text(json.dumps(schema_of(contract), indent=2) + "\n", encoding="utf-8")
            made.append(path.name)
    return made


if __name__ == "__main__":
    command = sys.argv[1] if len(sys.argv) > 1 else "check"
    lines = write() if command == "write" else check()
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.exit(1 if lines and command == "check" else 0)
