"""SCOR: the supporting documents of a claim, digitised, as the Assurance maladie takes them."""
