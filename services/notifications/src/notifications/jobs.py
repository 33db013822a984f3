"""The `notifications` queue; each concept registers its own jobs on it."""

from common.events.consume import JobWorker

from notifications.resources import NotificationsResources

JOBS: JobWorker[NotificationsResources] = JobWorker("notifications")
