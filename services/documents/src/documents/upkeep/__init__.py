"""Looking after the storage."""
