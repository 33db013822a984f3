"""Consents: given, never changed, withdrawn."""
