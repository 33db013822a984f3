"""Consents of patients to the use of their health data: without one, no document comes in."""
