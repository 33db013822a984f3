"""What is let go of when a patient is forgotten: every document that no duty keeps."""
