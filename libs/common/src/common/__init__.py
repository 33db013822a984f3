"""What the AX TECH services share: contracts, events, database, HTTP, authorisation."""
