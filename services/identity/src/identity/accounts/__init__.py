"""Accounts: registration, verification, passwords, status."""
