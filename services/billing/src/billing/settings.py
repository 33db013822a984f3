"""Settings of the billing service."""

from pathlib import Path
from typing import Annotated

from common import safety
from common.settings import Settings
from pydantic import Field, SecretStr


class BillingSettings(Settings):
    """Addresses and keys of the gateways; while one of a gateway's is missing, no claim can be sent through it."""

    billing_gateway_url: str | None = None
    """Infimax's."""
    billing_gateway_api_key: SecretStr | None = None
    """Infimax's."""
    vega_gateway_url: str | None = None
    """Vega's."""
    vega_gateway_api_key: SecretStr | None = None
    """Vega's."""
    lgpi_exchange_folder: Path | None = None
    """A folder that LGPI sees too; while neither it nor the prefix is set, LGPI is not connected."""
    lgpi_exchange_prefix: Annotated[str, Field(pattern=r"^.+/$")] | None = None
    """Instead of a folder, a prefix of the returns bucket."""
    returns_incoming_prefix: Annotated[str, Field(pattern=r"^.+/$")] = "incoming/"
    """Where others put return files into the returns bucket: `<prefix><type>/<name>`."""
    billing_gateway_timeout: Annotated[float, Field(gt=0, le=120)] = 15.0
    """Seconds that a gateway may take for a whole answer."""

    def unsafe(self) -> list[str]:
        """As of every service, and gateways spoken to in the clear."""
        urls = [("billing_gateway_url", self.billing_gateway_url), ("vega_gateway_url", self.vega_gateway_url)]
        return super().unsafe() + safety.in_the_clear(urls)
