"""Technician visits."""
