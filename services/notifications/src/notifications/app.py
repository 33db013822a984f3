"""The notifications service, put together."""

from common.runtime import Service

from notifications.catalogue import routes as catalogue
from notifications.deliveries import consumers as _deliveries  # noqa: F401 - registers its job
from notifications.deliveries import routes as deliveries
from notifications.jobs import JOBS
from notifications.messages.consumers import MESSAGES
from notifications.resources import NotificationsResources
from notifications.settings import NotificationsSettings
from notifications.tables import Base

SERVICE = Service(
    name="notifications",
    settings=NotificationsSettings,
    resources=NotificationsResources,
    metadata=Base.metadata,
    routers=[deliveries.router, catalogue.router],
    consumers=[MESSAGES],
    jobs=JOBS,
)
