"""What goes over the broker: events by producer, jobs by queue, and the map of who reacts to what.

Importing this package registers every contract, so that any message can be read by its CloudEvents `type`.
"""

from common.contracts import audit, billing, cases, devices, documents, identity, jobs, notifications

__all__ = ["audit", "billing", "cases", "devices", "documents", "identity", "jobs", "notifications"]
