"""What is let go of when a patient is forgotten: what never became a claim. Claims and payments are kept by law."""
