"""Proxies: who acts for a patient."""
