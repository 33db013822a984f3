"""Tests against real servers: see `plugin` for the fixtures."""

from common.testing.keys import TestKeys
from common.testing.running import RunningService, eventually

__all__ = ["RunningService", "TestKeys", "eventually"]
