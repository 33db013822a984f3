"""Consents of patients to the use of their health data: without one, the assistant takes nothing down."""
