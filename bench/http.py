"""How many requests a second an address answers."""

import asyncio
import json
import sys
from typing import Any

_SECONDS = 5.0
_CONNECTIONS = 32


async def rate(url: str, token: str, body: str = "") -> float:
    """Requests a second, by a process of its own. RuntimeError when any of them failed."""
    header = f"Authorization: Bearer {token}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load", "--body", body, url, str(_SECONDS), str(_CONNECTIONS), header),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    measured: dict[str, Any] = json.loads(output)
    if measured["errors"]:
        raise RuntimeError(f"calls of {url} were answered {measured['errors']}")
    return float(measured["rate"])
