"""The cases service, put together."""

from common.runtime import Service

from cases.catalogue import routes as catalogue
from cases.resources import CasesResources
from cases.settings import CasesSettings
from cases.tables import Base

SERVICE = Service(
    name="cases",
    settings=CasesSettings,
    resources=CasesResources,
    metadata=Base.metadata,
    routers=[catalogue.router],
)
