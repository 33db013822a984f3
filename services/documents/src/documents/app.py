"""The documents service, put together."""

from common.consents import health_consents
from common.runtime import Service

from documents.access import consumers as access
from documents.deliveries import consumers as deliveries
from documents.deliveries import jobs as delivery_jobs
from documents.documents import hot, internal, routes
from documents.erasures import internal as erasures_internal
from documents.erasures.consumers import erasures
from documents.extraction import jobs as extraction_jobs
from documents.extraction import routes as extraction
from documents.queue import jobs, schedules
from documents.quotes import consumers as quotes
from documents.quotes import jobs as quote_jobs
from documents.resources import DocumentsResources
from documents.retention import jobs as retention_jobs
from documents.retention import routes as retention
from documents.scanning import jobs as scan_jobs
from documents.scor import routes as scor
from documents.settings import DocumentsSettings
from documents.tables import Base
from documents.upkeep import verify

_REGISTER_JOBS = (delivery_jobs, extraction_jobs, quote_jobs, retention_jobs, scan_jobs)  # by being imported

SERVICE = Service(
    name="documents",
    settings=DocumentsSettings,
    resources=DocumentsResources,
    metadata=Base.metadata,
    routers=[
        routes.uploads_router,
        routes.router,
        retention.router,
        extraction.router,
        scor.router,
        internal.router,
        erasures_internal.router,
    ],
    hot=[("/documents", hot.list_documents), ("/documents/{document_id}", hot.read_document)],
    consumers=[access.access, deliveries.deliveries, quotes.quotes, health_consents("documents"), erasures],
    jobs=jobs,
    schedules=schedules,
    commands=[verify.COMMAND],
)
