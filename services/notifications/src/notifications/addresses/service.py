"""Use cases of addresses that nothing reaches: not used again, and OPS is told, once."""

from collections.abc import Mapping
from uuid import UUID

from common.contracts.enums import Channel
from common.contracts.notifications import AddressUnusableV1
from common.crypto import BlindIndex
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.addresses import repository
from notifications.addresses.domain import address_index


async def give_up(
    session: AsyncSession, *, channel: Channel, index: str, user_id: UUID, notification_id: UUID, reason: str
) -> None:
    """Never write to this address again, until it is taken for alive."""
    values = {
        "channel": channel,
        "address_index": index,
        "user_id": user_id,
        "notification_id": notification_id,
        "reason": reason,
    }
    if await repository.add_once(session, values):
        event = AddressUnusableV1(user_id=user_id, channel=channel, notification_id=notification_id)
        outbox.record(session, event, of=notification_id)


async def usable(
    session: AsyncSession, index: BlindIndex, addresses: Mapping[tuple[UUID, Channel], str]
) -> set[tuple[UUID, Channel]]:
    """Which of people's addresses, by (user, channel), are not known to be dead."""
    indexes = {key: address_index(index, key[1], address) for key, address in addresses.items()}
    dead = await repository.dead_among(session, indexes.values())
    return {key for key, hashed in indexes.items() if (key[1], hashed) not in dead}
