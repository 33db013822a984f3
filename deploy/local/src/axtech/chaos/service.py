"""`python -m axtech.chaos.service NAME …`: a service as it is, whose relay can be made to die at its worst moment.

While the file that AXTECH_DYING_RELAY names is there, the relay takes it away and dies between the broker's
acknowledgement of a batch and the move of its rows to `outbox_sent`.
"""

import importlib
import os
import signal
import sys
from functools import partial
from pathlib import Path
from unittest.mock import patch

from common import runtime
from common.events.relay import Relay


async def _die_once() -> None:
    order = Path(os.environ["AXTECH_DYING_RELAY"])
    if order.exists():  # noqa: ASYNC240 - one call of the kernel
        order.unlink()  # noqa: ASYNC240
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    name = sys.argv.pop(1)
    with patch.object(runtime, "Relay", partial(Relay, before_move=_die_once)):
        runtime.main(importlib.import_module(f"{name}.app").SERVICE)
