"""Settings of the devices service."""

from decimal import Decimal
from typing import Annotated

from common.contracts.enums import Severity
from common.money import Price
from common.settings import Settings
from pydantic import Field

from devices.maintenance.domain import BudgetRules, UpkeepRules
from devices.tickets.domain import RepairDeadlines

Days = Annotated[int, Field(ge=1, le=365)]


class DevicesSettings(Settings):
    """What `Settings` reads, and the rules of repairs that a decree or a contract may change."""

    hotline_phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] = "+33199000015"
    """The number to call about an unsafe device, E.164. The default is one of the numbers reserved for fiction."""
    danger_minutes: Annotated[int, Field(ge=1, le=60)] = 3
    """How long a user has to say whether there is danger, before a human is given the conversation."""
    visit_minutes: Annotated[int, Field(ge=5, le=600)] = 60
    """How long a visit takes where nobody says."""
    visit_cost: Price = Decimal("0.00")
    """EUR that the work of a completed visit takes from the repair budget, where nobody says; agreed with the CPAM."""
    budget_warning_percent: Annotated[int, Field(ge=1, le=100)] = 80
    """From which part of the yearly repair budget on it is warned of."""

    renewal_notice_days: Annotated[int, Field(ge=0, le=365)] = 30
    """How long before its end a maintenance contract is spoken of."""
    service_notice_days: Annotated[int, Field(ge=0, le=365)] = 14
    """How long before it is due a service is spoken of."""
    service_months: Annotated[int, Field(ge=1, le=120)] = 12
    """How many months after the last service the next one is due."""

    repair_days_critical: Days = 1
    """Within how many days a critical ticket is repaired."""
    repair_days_high: Days = 3
    """The same of a ticket of high severity."""
    repair_days_medium: Days = 10
    """The same of medium severity."""
    repair_days_low: Days = 10
    """The same of low severity."""
    repair_days_non_modular: Days = 3
    """At most so many days for a chair that is not modular, whatever the severity."""
    repair_days_modular: Days = 10
    """At most so many days for a modular chair."""
    non_modular_families: frozenset[str] = frozenset({"FMP", "FMPR"})
    """Families of chairs that are not modular, a JSON list."""

    def unsafe(self) -> list[str]:
        """As of every service, and a hotline that nobody answers."""
        fictional = [] if self.given("hotline_phone") else ["HOTLINE_PHONE must be set"]
        return super().unsafe() + fictional

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
