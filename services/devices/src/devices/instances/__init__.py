"""Devices delivered to patients: registered once, traced until they are taken out of service."""
