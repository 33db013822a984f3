"""Settings of the devices service."""

from typing import Annotated, Self

from common.contracts.enums import Severity
from common.settings import Settings
from pydantic import Field, model_validator

from devices.tickets.domain import RepairDeadlines

Days = Annotated[int, Field(ge=1, le=365)]


class DevicesSettings(Settings):
    """What `Settings` reads, and the rules of repairs that a decree or a contract may change."""

    safety_hotline: str = "+33 1 99 00 12 34"
    """The number to call about an unsafe device. The default belongs to the range kept for fiction."""
    visit_minutes: Annotated[int, Field(ge=5, le=600)] = 60
    """How long a visit takes where nobody says."""

    repair_days_critical: Days = 1
    repair_days_high: Days = 3
    repair_days_medium: Days = 10
    repair_days_low: Days = 10
    repair_days_non_modular: Days = 3
    repair_days_modular: Days = 10
    non_modular_families: frozenset[str] = frozenset({"FMP", "FMPR"})

    @model_validator(mode="after")
    def _real_hotline(self) -> Self:
        if self.axtech_env == "production" and "safety_hotline" not in self.model_fields_set:
            raise ValueError("SAFETY_HOTLINE must be set in production")
        return self

    @property
    def repair_deadlines(self) -> RepairDeadlines:
        """The rule of when a repair is due."""
        return RepairDeadlines(
            by_severity={
                Severity.CRITICAL: self.repair_days_critical,
                Severity.HIGH: self.repair_days_high,
                Severity.MEDIUM: self.repair_days_medium,
                Severity.LOW: self.repair_days_low,
            },
            non_modular=self.repair_days_non_modular,
            modular=self.repair_days_modular,
            non_modular_families=self.non_modular_families,
        )
