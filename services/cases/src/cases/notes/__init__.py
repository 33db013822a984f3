"""Notes on cases."""
