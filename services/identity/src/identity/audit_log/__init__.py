"""The audit log of the whole platform: append-only, chained by hashes."""
