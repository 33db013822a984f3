"""Medical prescriptions: submitted with a scanned document, verified by staff."""
