"""Database access: one transaction for one request or message, ended at the edge."""

from common.db.base import Entity, Versioned, enum_column, service_metadata
from common.db.engine import Database

__all__ = ["Database", "Entity", "Versioned", "enum_column", "service_metadata"]
