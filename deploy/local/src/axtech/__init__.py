"""The platform on one machine, and the axtech command."""
