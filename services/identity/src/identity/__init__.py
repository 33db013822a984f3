"""Accounts, profiles, consents, sessions and the audit log."""
