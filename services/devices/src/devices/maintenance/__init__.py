"""Maintenance contracts and the yearly repair budget."""
