"""The timeline of a case: every event about it, from all services."""
