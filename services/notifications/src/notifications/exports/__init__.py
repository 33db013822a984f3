"""What a patient who asks for everything is given of notifications (RGPD, article 15)."""
