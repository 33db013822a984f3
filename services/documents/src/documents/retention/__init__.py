"""How long documents are kept, and what becomes of them then."""
