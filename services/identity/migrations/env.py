"""Alembic's environment."""

from common.db.migrations import run
from identity.app import SERVICE

run(SERVICE.metadata)
