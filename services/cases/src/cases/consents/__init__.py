"""Consents of patients to the use of their health data: without one, no prescription, case or quote comes in."""
