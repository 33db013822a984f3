"""Documents: announced, uploaded, checked, read, deleted."""
