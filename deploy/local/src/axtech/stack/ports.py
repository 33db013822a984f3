"""Which port each part listens on; `AXTECH_PORT_<NAME>` changes one."""

import os
from collections.abc import Mapping

from common.servers import SeaweedFS

DEFAULTS = {
    "gateway": 8080,
    "gateway_https": 8443,
    "gateway_inner": 15400,
    "portal": 15401,
    "postgres": 15410,
    "nats": 15411,
    "nats_monitor": 15412,
    "valkey": 15413,
    "billing_gateway": 15420,
    "mailbox": 15421,
    "identity": 15431,
    "cases": 15432,
    "documents": 15433,
    "billing": 15434,
    "devices": 15435,
    "notifications": 15436,
    "seaweedfs": 15450,  # and the ones after it, SeaweedFS.PORTS in all
}
_HIGHEST_FOR_SEAWEEDFS = 65_535 - 10_000 - SeaweedFS.PORTS


def ports(environment: Mapping[str, str] = os.environ) -> dict[str, int]:
    """Every port by name. ValueError, naming the variable, when one is not a port."""
    chosen = dict(DEFAULTS)
    for name in chosen:
        variable = f"AXTECH_PORT_{name.upper()}"
        if variable in environment:
            highest = _HIGHEST_FOR_SEAWEEDFS if name == "seaweedfs" else 65_535
            value = environment[variable]
            if not (value.isascii() and value.isdigit()) or not 1 <= int(value) <= highest:
                raise ValueError(f"{variable} must be a port between 1 and {highest}, not {value!r}")
            chosen[name] = int(value)
    return chosen
