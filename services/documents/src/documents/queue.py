"""The `documents` queue of this service; each concept's `jobs.py` adds its own."""

from common.events.consume import JobWorker

from documents.resources import DocumentsResources

jobs = JobWorker[DocumentsResources]("documents")
