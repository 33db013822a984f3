"""What is let go of when a patient is forgotten: what people wrote. Prescriptions, cases and quotes are kept by law."""
