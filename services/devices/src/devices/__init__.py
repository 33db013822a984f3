"""Devices, maintenance contracts, tickets and visits."""
