"""Return files: stored as they came, read, matched to claims, booked."""
