"""Reconciliation: every euro claimed, followed to the euro paid."""
