"""The `maintenance` queue and the schedule of this service; each concept's `jobs.py` adds its own."""

from common.events.consume import JobWorker
from common.events.schedule import Schedules

from devices.resources import DevicesResources

jobs = JobWorker[DevicesResources]("maintenance")
schedules = Schedules[DevicesResources]("devices")
