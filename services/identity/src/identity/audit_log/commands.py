"""`python -m identity verify-audit`: the check of the whole chain, from a terminal or a job."""

import argparse
import sys

from common.runtime import Command

from identity.audit_log import service
from identity.resources import IdentityResources


async def run(resources: IdentityResources, _arguments: argparse.Namespace) -> int:
    """Write `{valid, checked, firstInvalid}` on standard output, the progress on standard error; 1 where invalid."""
    found = await service.verify(resources.database, _show)
    sys.stdout.write(found.model_dump_json(by_alias=True) + "\n")
    return 0 if found.valid else 1


def _show(done: int, of_all: int) -> None:
    sys.stderr.write(f"{done:,} of {of_all:,} entries checked\n")


VERIFY: Command[IdentityResources] = Command(
    "verify-audit", "check the hash chain of the audit log", lambda _parser: None, run
)
