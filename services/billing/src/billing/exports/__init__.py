"""What a patient who asks for everything is given of billing (RGPD, article 15)."""
