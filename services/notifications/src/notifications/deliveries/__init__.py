"""Notifications: one message to one recipient by one channel, handed to a provider."""
