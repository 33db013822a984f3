"""Settings of the devices service."""

from decimal import Decimal
from typing import Annotated, Self

from common.contracts.enums import Severity
from common.money import Price
from common.settings import Settings
from pydantic import Field, model_validator

from devices.maintenance.domain import BudgetRules, UpkeepRules
from devices.tickets.domain import RepairDeadlines

Days = Annotated[int, Field(ge=1, le=365)]


class DevicesSettings(Settings):
    """What `Settings` reads, and the rules of repairs that a decree or a contract may change."""

    hotline_phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] = "+33199000015"
    """The number to call about an unsafe device, E.164. The default is one of the numbers reserved for fiction."""
    visit_minutes: Annotated[int, Field(ge=5, le=600)] = 60
    """How long a visit takes where nobody says."""
    visit_cost: Price = Decimal("0.00")
    """EUR that the work of a completed visit takes from the repair budget, where nobody says; agreed with the CPAM."""
    budget_warning_percent: Annotated[int, Field(ge=1, le=100)] = 80
    """From which part of the yearly repair budget on it is warned of."""

    renewal_notice_days: Annotated[int, Field(ge=0, le=365)] = 30
    service_notice_days: Annotated[int, Field(ge=0, le=365)] = 14
    service_months: Annotated[int, Field(ge=1, le=120)] = 12
    """How many months after the last service the next one is due."""

    repair_days_critical: Days = 1
    repair_days_high: Days = 3
    repair_days_medium: Days = 10
    repair_days_low: Days = 10
    repair_days_non_modular: Days = 3
    repair_days_modular: Days = 10
    non_modular_families: frozenset[str] = frozenset({"FMP", "FMPR"})

    @model_validator(mode="after")
    def _real_hotline(self) -> Self:
        if self.axtech_env == "production" and "hotline_phone" not in self.model_fields_set:
            raise ValueError("HOTLINE_PHONE must be set in production")
        return self

    @property
    def upkeep_rules(self) -> UpkeepRules:
        """The rules of the daily check of contracts."""
        return UpkeepRules(self.renewal_notice_days, self.service_notice_days, self.service_months)

    @property
    def budget_rules(self) -> BudgetRules:
        """The rules of the yearly repair budget."""
        return BudgetRules(self.visit_cost, self.budget_warning_percent)

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
