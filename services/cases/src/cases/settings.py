"""Settings of the cases service."""

from common.settings import Settings


class CasesSettings(Settings):
    """What `Settings` reads is enough."""
