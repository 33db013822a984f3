"""The identity service, put together."""

from common.runtime import Service

from identity.accounts import routes as accounts
from identity.audit_log import commands as audit_log_commands
from identity.audit_log import consumers as audit_log_consumers
from identity.audit_log import routes as audit_log
from identity.consents import routes as consents
from identity.emergencies import routes as emergencies
from identity.internal import routes as internal
from identity.patients import consumers as patients_consumers
from identity.patients import routes as patients
from identity.prescribers import routes as prescribers
from identity.proxies import routes as proxies
from identity.resources import IdentityResources
from identity.rights import routes as rights
from identity.security.columns import ENCRYPTED
from identity.sessions import jobs as sessions_jobs
from identity.sessions import routes as sessions
from identity.settings import IdentitySettings
from identity.staff import routes as staff
from identity.staff import seeding
from identity.tables import Base
from identity.upkeep.schedules import schedules

SERVICE: Service[IdentityResources] = Service(
    name="identity",
    settings=IdentitySettings,
    resources=IdentityResources,
    metadata=Base.metadata,
    routers=[
        accounts.registering,
        accounts.guarded,
        accounts.router,
        sessions.guarded,
        sessions.router,
        staff.router,
        patients.guarded,
        patients.router,
        prescribers.router,
        proxies.router,
        consents.router,
        emergencies.router,
        audit_log.router,
        rights.router,
        internal.router,
        sessions.root,
    ],
    consumers=[audit_log_consumers.log, patients_consumers.relations],
    jobs=sessions_jobs.jobs,
    schedules=schedules,
    commands=[seeding.COMMAND, audit_log_commands.VERIFY],
    encrypted=ENCRYPTED,
)
