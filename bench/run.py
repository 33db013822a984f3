"""`python -m bench.run NAME…`: run benchmarks, print their figures as JSON on standard output."""

import json
import sys
from collections.abc import Awaitable, Callable

import uvloop
from common.runtime import keep_what_is_loaded
from common.telemetry import logs

from bench import billing, cases_api, devices, documents, events, identity, notifications, platform, returns
from bench.report import Figure

BENCHMARKS: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
    "relay": events.relay,
    "latency": events.latency,
    "consume": events.consume,
    "cases-api": cases_api.cases_api,
    "platform": platform.platform,
    "login": identity.login,
    "token-check": identity.token_check,
    "audit-chain": identity.audit_chain,
    "noemie": returns.noemie,
    "returns": returns.taken_in,
    "claims-submitted": billing.submit,
    "assistant": devices.assistant,
    "documents-completed": documents.completion,
    "quotes-written": documents.quotes,
    "notifications": notifications.notifications,
    "notifications-flood": notifications.flood,
}


async def main(names: list[str]) -> list[Figure]:
    """The figures of the named benchmarks, in order."""
    return [figure for name in names for figure in await BENCHMARKS[name]()]


if __name__ == "__main__":
    logs.configure("bench", level="WARNING", json=True)
    keep_what_is_loaded()  # as a service does
    chosen = sys.argv[1:] or list(BENCHMARKS)
    figures = uvloop.run(main(chosen))
    sys.stdout.write(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
