"""The cases service, put together."""

from common.consents import health_consents
from common.runtime import Service

from cases import metrics
from cases.cases import consumers as case_consumers
from cases.cases import hot
from cases.cases import routes as cases
from cases.cases.schedules import schedules
from cases.catalogue import routes as catalogue
from cases.delivery import routes as delivery
from cases.documents.consumers import documents
from cases.emergencies.consumers import emergencies
from cases.erasures.consumers import erasures
from cases.lppr_import import routes as lppr_import
from cases.lppr_import.jobs import jobs
from cases.notes import routes as notes
from cases.prescriptions import routes as prescriptions
from cases.quotes import routes as quotes
from cases.resources import CasesResources
from cases.settings import CasesSettings
from cases.tables import Base
from cases.tasks import routes as tasks
from cases.tasks.consumers import calls
from cases.timeline import routes as timeline
from cases.timeline.consumers import timeline as timeline_consumer

SERVICE = Service(
    name="cases",
    settings=CasesSettings,
    resources=CasesResources,
    metadata=Base.metadata,
    routers=[
        catalogue.router,
        lppr_import.uploads,
        lppr_import.router,
        prescriptions.router,
        cases.router,
        quotes.router,
        delivery.router,
        notes.router,
        tasks.router,
        timeline.router,
        cases.internal,
        quotes.internal,
    ],
    hot=[("/cases", hot.list_cases), ("/cases/{case_id}", hot.read_case)],
    consumers=[
        calls,
        case_consumers.claims,
        case_consumers.devices,
        health_consents("cases"),
        documents,
        emergencies,
        erasures,
        timeline_consumer,
    ],
    jobs=jobs,
    schedules=schedules,
    background=[metrics.watch],
    encrypted=[("prescriptions", "clinical_notes")],
)
