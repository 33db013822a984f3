"""Tasks within cases."""
