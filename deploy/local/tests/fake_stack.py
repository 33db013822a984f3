"""The whole stack with the real servers, gateway and portal, and stand-ins for services and simulators."""

import sys
from pathlib import Path

from axtech.stack.plan import Stack
from axtech.stack.running import keep_running, places

if __name__ == "__main__":
    where = places()
    stack = Stack(where, python=(sys.executable, str(Path(__file__).with_name("fake_module.py"))))
    keep_running(where.home, stack.steps(), ports=dict(where.ports))
