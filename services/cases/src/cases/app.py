"""The cases service, put together."""

from common.runtime import Service

from cases.cases import hot as hot_cases
from cases.cases import routes as cases
from cases.catalogue import routes as catalogue
from cases.delivery import models as delivery_models  # noqa: F401
from cases.notes import models as notes_models  # noqa: F401
from cases.prescriptions import routes as prescriptions
from cases.resources import CasesResources
from cases.settings import CasesSettings
from cases.tables import Base
from cases.tasks import models as tasks_models  # noqa: F401
from cases.timeline import models as timeline_models  # noqa: F401

SERVICE = Service(
    name="cases",
    settings=CasesSettings,
    resources=CasesResources,
    metadata=Base.metadata,
    routers=[catalogue.router, prescriptions.router, cases.router],
    internal=[cases.internal],
    hot=[("/cases", hot_cases.list_cases), ("/cases/{case_id}", hot_cases.read_case)],
)
