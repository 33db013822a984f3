"""Rules about patients."""

from datetime import date


def is_younger(born: date, years: int, on: date) -> bool:
    """Whether somebody is younger than `years` on a day; born on 29 February, one turns so many on 1 March."""
    return (on.year - born.year, on.month, on.day) < (years, born.month, born.day)
