"""Feature flags through OpenFeature, by an in-process provider: no call to anybody on the request path."""

import os

from openfeature import api
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

DEFAULTS: dict[str, bool | str] = {
    "billing.gateway.type": "INFIMAX",
    "maintenance.reminders.enabled": True,
    "chatbot.enabled": True,
}
"""The flags of section 4.2. `FLAG_BILLING_GATEWAY_TYPE=MANUAL` in the environment changes one."""


def configure() -> None:
    """Register the provider; called once a process."""
    flags: dict[str, InMemoryFlag[bool | str]] = {}
    for name, default in DEFAULTS.items():
        given = os.environ.get(f"FLAG_{name.upper().replace('.', '_')}")
        value: bool | str = default
        if given is not None:
            value = given.lower() in {"1", "true", "on", "yes"} if isinstance(default, bool) else given
        flags[name] = InMemoryFlag("set", {"set": value})
    api.set_provider(InMemoryProvider(flags))


def enabled(name: str) -> bool:
    """A switch."""
    return api.get_client().get_boolean_value(name, bool(DEFAULTS[name]))


def choice(name: str) -> str:
    """A flag that names one of several."""
    return api.get_client().get_string_value(name, str(DEFAULTS[name]))
