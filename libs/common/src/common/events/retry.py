"""What happens when a handler fails."""

import random
from dataclasses import dataclass


class PermanentError(Exception):
    """Trying again cannot help: the message goes to `dead_letters` at once."""


class TryLater(Exception):
    """Something this message builds on has not arrived yet: deliver it again after the usual delay."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential delays with jitter, capped; `attempts` counts the first delivery too."""

    attempts: int = 10
    first_delay: float = 0.5
    factor: float = 2.0
    longest_delay: float = 300.0

    def delay(self, deliveries: int) -> float:
        """Seconds to wait after the `deliveries`-th failed delivery (from 1)."""
        exact = min(self.longest_delay, self.first_delay * self.factor ** (deliveries - 1))
        return exact * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret

    def exhausted(self, deliveries: int) -> bool:
        """Whether the `deliveries`-th delivery was the last."""
        return deliveries >= self.attempts
