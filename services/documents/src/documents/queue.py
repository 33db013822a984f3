"""The `documents` queue and the schedules of this service; each concept's `jobs.py` adds its own."""

from common.events.consume import JobWorker
from common.events.schedule import Schedules

from documents.resources import DocumentsResources

jobs = JobWorker[DocumentsResources]("documents")
schedules = Schedules[DocumentsResources]("documents")
