"""Rules of consents: how long they hold, and what a withdrawal stops.

While no HEALTH_DATA consent stands, no new health data comes in: prescribers do not find the patient, and the other
services, told by `consent.withdrawn`, take in nothing new (docs/decisions/0009). What exists is kept as long as the law
demands.
"""

from datetime import datetime, timedelta

from common.contracts.enums import ConsentType

LIFETIME = {ConsentType.MARKETING: timedelta(days=3 * 365 + 1)}
"""How long a consent holds unless it is given anew; those not named hold until withdrawn. Three years after the last
contact is what the CNIL allows for marketing."""


def lapsed_before(consent_type: ConsentType, moment: datetime) -> datetime | None:
    """Consents of the type given before this are over at `moment`; None where they do not run out."""
    lifetime = LIFETIME.get(consent_type)
    return None if lifetime is None else moment - lifetime
