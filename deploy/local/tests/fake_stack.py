"""The whole stack with the real servers, gateway and portal, and stand-ins for services and simulators.

`fake_stack.py [STEP...]`: only these steps, none waiting for another, when any are named.
"""

import sys
from dataclasses import replace
from pathlib import Path

from axtech.stack.plan import Stack
from axtech.stack.running import keep_running, places

FAKE_MODULE = Path(__file__).with_name("fake_module.py")

if __name__ == "__main__":
    stack = Stack(places(), python=(sys.executable, str(FAKE_MODULE)))
    wanted = [replace(step, after=()) for step in stack.steps() if step.name in sys.argv]
    keep_running(stack, wanted or stack.steps())
