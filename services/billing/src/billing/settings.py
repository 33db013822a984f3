"""Settings of the billing service."""

from typing import Annotated

from common.settings import Settings
from pydantic import Field, SecretStr


class BillingSettings(Settings):
    """The gateway's address and key; while either is missing, no claim can be sent through it."""

    billing_gateway_url: str | None = None
    billing_gateway_api_key: SecretStr | None = None
    billing_gateway_timeout: Annotated[float, Field(gt=0, le=120, description="seconds")] = 15.0
