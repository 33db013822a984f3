"""Service tickets: what is wrong with a device, by when it is due, who repairs it."""
