"""Break-glass: reading one patient's records for an hour, with a reason, on the record."""
