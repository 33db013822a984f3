"""What a process of the cases service holds open."""

from common.resources import Resources

from cases.settings import CasesSettings


class CasesResources(Resources):
    """Nothing beyond what every service has."""

    def __init__(self, settings: CasesSettings) -> None:
        super().__init__("cases", settings)
