"""Which work a claim's state asks for: read off the claim itself, so that no list of tasks can disagree with it."""

from enum import StrEnum


class Work(StrEnum):
    """What a person has to do, the most pressing first: a claim shows under the first that applies."""

    FIND_OUT = "FIND_OUT"
    """A submission was given up on that the gateway may have taken: ask the gateway."""
    WITHDRAW = "WITHDRAW"
    """The case was cancelled, but its claim is with the insurance: withdraw it there."""
    HANDLE_DENIAL = "HANDLE_DENIAL"
    """Denied: correct and resubmit, cancel, or write off."""
    ENTER_IN_OTHER_SOFTWARE = "ENTER_IN_OTHER_SOFTWARE"
    """Of the MANUAL gateway: enter the claim there, and its result here."""
    SUBMIT = "SUBMIT"
    """A draft that is complete, or says what is missing when submitted."""
