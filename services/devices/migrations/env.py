"""Alembic's environment."""

from common.db.migrations import run
from devices.app import SERVICE

run(SERVICE.metadata)
