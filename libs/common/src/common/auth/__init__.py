"""Who is calling, and what they may do."""

from common.auth.actor import Actor
from common.auth.permissions import MATRIX, Permission, Scope, granted, require, require_role

__all__ = ["MATRIX", "Actor", "Permission", "Scope", "granted", "require", "require_role"]
