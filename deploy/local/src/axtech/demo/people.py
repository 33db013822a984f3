"""Signing in, as a patient and as staff with a second factor."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyotp

from axtech.demo.api import Api, Refused
from axtech.files import write_private

_CODE_SECONDS = 30


async def sign_in(api: Api, email: str, password: str, totp_secret: str | None = None) -> dict[str, Any]:
    """Log in; gives the tokens, the access token of which `api` uses from now on."""
    tokens: dict[str, Any] = await api.post("/auth/login", {"email": email, "password": password})
    if tokens.get("mfaRequired"):
        if totp_secret is None:
            raise ValueError(f"{email} needs a second factor")
        code = pyotp.TOTP(totp_secret, interval=_CODE_SECONDS).now()
        tokens = await api.post("/auth/mfa/verify", {"mfaToken": tokens["mfaToken"], "code": code})
    api.sign(tokens["accessToken"])
    return tokens


class Sessions:
    """Sessions of seeded staff, kept between commands: a code works once, and logging in is rate limited."""

    def __init__(self, home: Path) -> None:
        self._file = home / "sessions.json"
        self._known: dict[str, dict[str, Any]] = json.loads(self._file.read_text()) if self._file.exists() else {}

    async def sign_in(self, api: Api, account: Mapping[str, str]) -> None:
        """Have `api` speak for a member of staff, by the kept session where it is still good."""
        email = account["email"]
        tokens = await self._kept(api, email) or await sign_in(api, email, account["password"], account["totpSecret"])
        self._known[email] = {
            "accessToken": tokens["accessToken"],
            "refreshToken": tokens["refreshToken"],
            "expiresAt": time.time() + tokens["expiresIn"],
        }
        write_private(self._file, json.dumps(self._known))

    async def _kept(self, api: Api, email: str) -> dict[str, Any] | None:
        known = self._known.pop(email, None)
        if known is None:
            return None
        try:
            tokens: dict[str, Any] = await api.post("/auth/refresh", {"refreshToken": known["refreshToken"]})
        except Refused as refused:
            if refused.status not in {400, 401}:
                raise
            return None
        api.sign(tokens["accessToken"])
        return tokens
