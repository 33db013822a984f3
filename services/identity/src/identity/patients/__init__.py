"""Patients' profiles, and who may see them."""
