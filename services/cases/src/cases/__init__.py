"""Catalogue, prescriptions, cases and quotes."""
