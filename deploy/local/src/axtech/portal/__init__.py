"""The page at the gateway's root, and the words of the gateway's own errors."""
