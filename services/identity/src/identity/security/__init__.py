"""Passwords, tokens, one-time passwords, and what addresses and numbers must look like."""
