"""Alembic's environment."""

from billing.app import SERVICE
from common.db.migrations import run

run(SERVICE.metadata)
