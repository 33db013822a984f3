"""Time-based one-time passwords (RFC 6238): 30 seconds, six digits, one step of clock skew either way."""

import hmac
from datetime import datetime

import pyotp

ISSUER = "AX TECH"
_STEP = 30
_SKEW = (0, -1, 1)


def new_secret() -> str:
    """A base32 secret of 160 bits."""
    return pyotp.random_base32()


def uri(secret: str, account: str) -> str:
    """What an authenticator reads as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def matching_step(secret: str, code: str, moment: datetime, *, after: int) -> int | None:
    """The time step `code` is for, None when it is for none near `moment`, or for one not later than `after`.

    The caller stores the step and passes it as `after` the next time: no code works twice.
    """
    current = int(moment.timestamp()) // _STEP
    totp = pyotp.TOTP(secret)
    for step in (current + skew for skew in _SKEW):
        if step > after and hmac.compare_digest(totp.generate_otp(step), code):
            return step
    return None
