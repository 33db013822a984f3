"""The notifications service, put together."""

from common.runtime import Service

from notifications.addresses import models as _addresses  # noqa: F401 - a table
from notifications.catalogue import routes as catalogue
from notifications.deliveries import consumers as _deliveries  # noqa: F401 - registers its job
from notifications.deliveries import hot
from notifications.deliveries import routes as deliveries
from notifications.erasures.consumers import ERASURES
from notifications.exports import internal as exports
from notifications.jobs import JOBS
from notifications.messages.consumers import MESSAGES
from notifications.preferences import routes as preferences
from notifications.reports import routes as reports
from notifications.resources import NotificationsResources
from notifications.schedules import SCHEDULES
from notifications.settings import NotificationsSettings
from notifications.tables import Base

SERVICE = Service(
    name="notifications",
    settings=NotificationsSettings,
    resources=NotificationsResources,
    metadata=Base.metadata,
    routers=[
        preferences.router,
        deliveries.router,
        catalogue.router,
        reports.router,
        exports.router,
    ],
    hot=[
        ("/notifications", hot.list_notifications),
        ("/notifications/{notification_id:uuid}", hot.read_notification),
    ],
    consumers=[MESSAGES, ERASURES],
    jobs=JOBS,
    schedules=SCHEDULES,
)
