"""Sending claims through their gateways, and asking what became of them."""
