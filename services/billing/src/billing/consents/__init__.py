"""Consents of patients to the use of their health data: without one, no claim goes out to a fund."""
