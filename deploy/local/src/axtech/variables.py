"""What the environment gives: a value in a variable, or in the file that NAME_FILE names."""

import os
from collections.abc import Mapping
from pathlib import Path


def secret(name: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """A value by its name; OSError where its file cannot be read."""
    path = environment.get(f"{name}_FILE")
    return Path(path).read_text(encoding="utf-8").strip() if path else environment.get(name)
