"""Alembic's environment."""

from common.db.migrations import run
from notifications.app import SERVICE

run(SERVICE.metadata)
