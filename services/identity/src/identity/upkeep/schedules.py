"""The scheduled jobs."""

from datetime import timedelta

import structlog
from common.clock import now
from common.events.schedule import Schedules

from identity.audit_log import repository as audit_log
from identity.consents import service as consents
from identity.proxies import service as proxies
from identity.resources import IdentityResources
from identity.upkeep import repository

schedules = Schedules[IdentityResources]("identity")
log = structlog.get_logger(__name__)

_KEPT = timedelta(days=30)
"""How long what is spent stays, for whoever asks what happened."""


@schedules.on("expire-proxies")
async def expire_proxies(resources: IdentityResources) -> None:
    """End all proxies that are over by now, a few hundred in a transaction."""
    more = True
    while more:
        async with resources.database.transaction() as session:
            more = await proxies.expire(session)


@schedules.on("consent-cleanup")
async def expire_consents(resources: IdentityResources) -> None:
    """Mark consents that have run out by now."""
    more = True
    while more:
        async with resources.database.transaction() as session:
            more = await consents.expire(session)


@schedules.on("housekeeping")
async def housekeeping(resources: IdentityResources) -> None:
    """Make the next partitions of the audit log, retire those of five years ago, drop what was spent a month ago.

    Logs the head of the audit chain too, so that it is known outside the database.
    """
    async with resources.database.transaction() as session:
        head = await audit_log.head(session)  # before the partitions: the order in which appending locks them
        retired = await repository.maintain_audit(session)
        log.info("audit_chain_head", position=head.position, hash=head.hash.hex(), retired=list(retired))
    for kind in repository.KINDS:
        more = True
        while more:
            async with resources.database.transaction() as session:
                more = await repository.drop_spent(session, kind, now() - _KEPT)
