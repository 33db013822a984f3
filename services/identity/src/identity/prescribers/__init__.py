"""Prescribers' profiles."""
