"""Documents as cases refer to them; the documents service owns them."""
