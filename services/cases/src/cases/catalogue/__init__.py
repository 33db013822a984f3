"""Product families, products and the LPPR items they are reimbursed under."""
