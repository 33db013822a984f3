"""Recalls: which devices a manufacturer's notice concerns, who has them, and a ticket for each."""
