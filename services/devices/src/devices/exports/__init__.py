"""What a patient who asks for everything is given of the assistant (RGPD, article 15)."""
