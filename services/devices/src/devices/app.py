"""The devices service, put together."""

from common.runtime import Service

from devices.instances import models as instances_models  # noqa: F401
from devices.maintenance import models as maintenance_models  # noqa: F401
from devices.parts import models as parts_models  # noqa: F401
from devices.resources import DevicesResources
from devices.settings import DevicesSettings
from devices.tables import Base
from devices.tickets import models as tickets_models  # noqa: F401
from devices.visits import models as visits_models  # noqa: F401

SERVICE = Service(
    name="devices",
    settings=DevicesSettings,
    resources=DevicesResources,
    metadata=Base.metadata,
    routers=[],
)
