"""People as cases refer to them; the identity service owns them."""
