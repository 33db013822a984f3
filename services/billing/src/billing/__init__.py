"""Claims, billing gateways, NOEMIE returns and payments."""
