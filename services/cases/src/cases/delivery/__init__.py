"""Delivery of what was quoted: the date, then the handover with serial numbers and proof."""
