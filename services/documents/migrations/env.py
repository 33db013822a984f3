"""Alembic's environment."""

from common.db.migrations import run
from documents.app import SERVICE

run(SERVICE.metadata)
