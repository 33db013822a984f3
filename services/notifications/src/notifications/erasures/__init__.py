"""What is let go of when a patient is forgotten."""
