"""The key in an unsubscribe link: made for one user, good for nothing but ending optional messages, and for ever.

It lets a mail program unsubscribe without anybody signing in (RFC 8058), so it cannot be single-use like a personal
link; nothing is revealed by it, and what it does can be undone.
"""

import hmac
from uuid import UUID

from common.crypto import BlindIndex


def unsubscribe_key(index: BlindIndex, user_id: UUID) -> str:
    """The user's id and proof that the platform wrote it."""
    return f"{user_id.hex}.{index.of('unsubscribe', user_id.hex)}"


def user_of(index: BlindIndex, key: str) -> UUID | None:
    """Whose key this is; None for one the platform did not make."""
    try:
        user_id = UUID(hex=key.partition(".")[0])
    except ValueError:
        return None
    return user_id if hmac.compare_digest(unsubscribe_key(index, user_id).encode(), key.encode()) else None
