"""`python -m bench.run NAME…`: run benchmarks, print their figures as JSON on standard output.

Each runs in a process of its own, so that none measures what another left behind; one that fails does not take the
figures of the others with it.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop
from common.runtime import keep_what_is_loaded
from common.telemetry import logs

from bench import (
    approvals,
    billing,
    cases,
    cases_api,
    devices,
    documents,
    events,
    identity,
    notifications,
    platform,
    returns,
    scans,
)
from bench.report import Figure

BENCHMARKS: dict[str, Callable[[], Coroutine[Any, Any, list[Figure]]]] = {
    "relay": events.relay,
    "latency": events.latency,
    "consume": events.consume,
    "cases-api": cases_api.cases_api,
    "cases-worklists": cases.worklists,
    "lpp-import": cases.lpp_import,
    "quotes-approved": approvals.approvals,
    "platform": platform.platform,
    "login": identity.login,
    "token-check": identity.token_check,
    "audit-chain": identity.audit_chain,
    "noemie": returns.noemie,
    "returns": returns.taken_in,
    "claims-submitted": billing.submit,
    "assistant": devices.assistant,
    "documents-completed": documents.completion,
    "documents-scanned": scans.scanned,
    "quotes-written": documents.quotes,
    "notifications": notifications.notifications,
    "notifications-flood": notifications.flood,
}


def one(name: str) -> None:
    """Run a benchmark in this process."""
    logs.configure("bench", level="WARNING", json=True)
    keep_what_is_loaded()  # as a service does
    figures = uvloop.run(BENCHMARKS[name]())
    sys.stdout.write(json.dumps([figure.as_json() for figure in figures]) + "\n")


def several(names: list[str]) -> int:
    """Run benchmarks one after the other, saying on standard error how far they are; how many failed."""
    figures, failed = [], 0
    for number, name in enumerate(names, start=1):
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "bench.run", "--alone", name], stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode == 0:
            figures += json.loads(done.stdout)
        else:
            failed += 1
        outcome = "measured" if done.returncode == 0 else "FAILED"
        sys.stderr.write(f"{number}/{len(names)} {name}: {outcome} in {time.monotonic() - began:.0f} s\n")
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return failed


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        one(sys.argv[2])
    else:
        sys.exit(1 if several(sys.argv[1:] or list(BENCHMARKS)) else 0)
