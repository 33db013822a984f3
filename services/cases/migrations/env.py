"""Alembic's environment."""

from cases.app import SERVICE
from common.db.migrations import run

run(SERVICE.metadata)
