"""Denials: what they cost, where they come from, and what to do about one."""
