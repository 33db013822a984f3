"""The billing service, put together."""

from common.consents import health_consents
from common.runtime import Service

from billing.claims import consumers
from billing.claims import routes as claims
from billing.denials import routes as denials
from billing.erasures.consumers import erasures
from billing.exports import internal as exports
from billing.queue import jobs, schedules
from billing.reconciliation import jobs as reconciliation_jobs
from billing.reconciliation import routes as reconciliation
from billing.resources import BillingResources
from billing.returns import jobs as return_jobs
from billing.returns import routes as returns
from billing.settings import BillingSettings
from billing.submission import jobs as submission_jobs
from billing.tables import Base
from billing.worklist import routes as worklist

_REGISTER_JOBS = (reconciliation_jobs, return_jobs, submission_jobs)  # by being imported

SERVICE = Service(
    name="billing",
    settings=BillingSettings,
    resources=BillingResources,
    metadata=Base.metadata,
    routers=[
        denials.reads,  # these three before `/claims/{claim_id}`, which would take their paths for ids
        reconciliation.reads,
        worklist.reads,
        reconciliation.writes,
        claims.reads,
        claims.writes,
        returns.reads,
        returns.writes,
        returns.uploads,
        exports.router,
    ],
    consumers=[consumers.quotes, consumers.documents, consumers.cases, health_consents("billing"), erasures],
    jobs=jobs,
    schedules=schedules,
)
