"""Mail and SMS to patients and staff."""
