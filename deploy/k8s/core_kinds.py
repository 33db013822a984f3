"""`python deploy/k8s/core_kinds.py FILE…`: what Kubernetes itself has schemas for, out of built overlays."""

import sys
from pathlib import Path
from typing import Any

import yaml

_GROUPS = {"v1", "apps/v1", "batch/v1", "policy/v1", "autoscaling/v2", "networking.k8s.io/v1"}


def core_kinds(text: str) -> list[dict[str, Any]]:
    """The documents of those kinds, and none of custom resources."""
    return [document for document in yaml.safe_load_all(text) if document["apiVersion"] in _GROUPS]


def main() -> None:
    """Write them to standard output."""
    found = [document for file in sys.argv[1:] for document in core_kinds(Path(file).read_text(encoding="utf-8"))]
    sys.stdout.write(yaml.safe_dump_all(found, sort_keys=False))


if __name__ == "__main__":
    main()
