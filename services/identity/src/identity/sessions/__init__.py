"""Logging in: sessions, second factor, trusted devices, lock-out, revocation."""
