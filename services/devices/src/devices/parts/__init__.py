"""Parts used for a repair."""
