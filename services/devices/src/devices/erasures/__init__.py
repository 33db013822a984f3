"""What is let go of when a patient is forgotten. That a device was theirs is kept: it may have to be recalled."""
