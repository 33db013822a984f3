"""Which columns are encrypted: those that `rotate-keys` wraps by a new key."""

ENCRYPTED = (
    ("users", "mfa_secret"),
    ("users", "mfa_pending_secret"),
    ("patient_profiles", "nir"),
    ("patient_profiles", "carte_vitale_number"),
    ("break_glass_grants", "justification"),
)
"""Every `(table, column)` that holds values of `common.crypto`."""
