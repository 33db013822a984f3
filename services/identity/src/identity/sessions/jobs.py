"""Jobs of the identity queue."""

from common.auth.revocations import outdate_tokens, revoke_session
from common.contracts.jobs import OutdateTokensV1, RevokeSessionV1
from common.events.consume import JobWorker
from common.events.envelope import Received

from identity.resources import IdentityResources

jobs = JobWorker[IdentityResources]("identity")


@jobs.on(RevokeSessionV1)
async def revoke(resources: IdentityResources, job: Received[RevokeSessionV1]) -> None:
    """Write the session to the bucket that every service watches."""
    await revoke_session(resources.nats(), job.data.session_id)


@jobs.on(OutdateTokensV1)
async def outdate(resources: IdentityResources, job: Received[OutdateTokensV1]) -> None:
    """Outdate what was issued before this moment, which is after the commit of whatever changed."""
    await outdate_tokens(resources.nats(), job.data.user_id)
