"""Quotes: priced against the LPPR, sent, approved or rejected by the patient."""
