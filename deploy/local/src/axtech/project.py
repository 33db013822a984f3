"""Where things are on this machine."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[4]


def home() -> Path:
    """The folder of the local stack's data, logs and secrets: AXTECH_HOME, or `.axtech` in the project."""
    return Path(os.environ.get("AXTECH_HOME") or ROOT / ".axtech").absolute()
