"""Where identifiers are made."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A UUID version 7: unique, and ordered by the moment it was made."""
    return uuid7()
