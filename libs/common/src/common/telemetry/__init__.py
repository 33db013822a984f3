"""Logs and metrics. Neither ever holds payloads, names, addresses or NIRs."""
