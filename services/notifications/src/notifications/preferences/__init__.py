"""What people do not want to get: only what is not about their file can be ended."""
