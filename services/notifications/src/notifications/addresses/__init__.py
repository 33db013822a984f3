"""Addresses and numbers that nothing reaches any more. Only a keyed hash of each is kept."""
