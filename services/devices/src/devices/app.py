"""The devices service, put together."""

from common.consents import health_consents
from common.runtime import Service

from devices.assistant import jobs as _assistant_jobs  # noqa: F401 - registers its job
from devices.assistant import routes as assistant
from devices.assistant.consumers import cases
from devices.assistant.report import REPORT
from devices.emergencies.consumers import emergencies
from devices.erasures.consumers import erasures
from devices.exports import internal as exports
from devices.instances import routes as instances
from devices.instances.consumers import deliveries
from devices.maintenance import jobs as _maintenance_jobs  # noqa: F401 - registers them
from devices.maintenance import routes as maintenance
from devices.parts import routes as parts
from devices.queue import jobs, schedules
from devices.recalls import jobs as _recall_jobs  # noqa: F401 - registers its job
from devices.recalls import routes as recalls
from devices.resources import DevicesResources
from devices.settings import DevicesSettings
from devices.tables import Base
from devices.tickets import routes as tickets
from devices.visits import routes as visits

SERVICE = Service(
    name="devices",
    settings=DevicesSettings,
    resources=DevicesResources,
    metadata=Base.metadata,
    routers=[
        recalls.router,
        instances.router,
        maintenance.router,
        tickets.router,
        visits.router,
        parts.router,
        assistant.router,
        exports.router,
    ],
    consumers=[deliveries, cases, emergencies, health_consents("devices"), erasures],
    jobs=jobs,
    schedules=schedules,
    commands=[REPORT],
    encrypted=[("chat_messages", "text")],
)
