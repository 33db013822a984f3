"""The companies that carry messages."""
