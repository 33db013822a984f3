"""The `billing` queue and the schedule of this service; each concept's `jobs.py` adds its own."""

from common.events.consume import JobWorker
from common.events.schedule import Schedules

from billing.resources import BillingResources

jobs = JobWorker[BillingResources]("billing")
schedules = Schedules[BillingResources]("billing")
