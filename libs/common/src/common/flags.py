"""Feature flags through OpenFeature. Whatever the provider, they are evaluated in the process: no call on the way of a
request. One that cannot be had is as in DEFAULTS."""

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.provider import AbstractProvider
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

if TYPE_CHECKING:
    from common.settings import Settings

DEFAULTS: dict[str, bool | str] = {
    "billing.gateway.type": "INFIMAX",
    "maintenance.reminders.enabled": True,
    "chatbot.enabled": True,
}
"""The flags of section 4.2."""
_START_SECONDS = 5.0


def variable(name: str) -> str:
    """What sets a flag by the environment: `FLAG_BILLING_GATEWAY_TYPE`."""
    return f"FLAG_{name.upper().replace('.', '_')}"


def configure(settings: "Settings") -> None:
    """Register the provider that the settings choose; called once a process."""
    makers = {
        "environment": lambda _: _environment(),
        "file": _file,
        "flagd": _flagd,
        "launchdarkly": _launchdarkly,
    }
    # They are about the platform: nobody is told of whoever a request is for.
    api.set_evaluation_context(EvaluationContext(targeting_key=settings.axtech_env))
    api.set_provider(makers[settings.flags_provider](settings))


def enabled(name: str) -> bool:
    """A switch."""
    return api.get_client().get_boolean_value(name, bool(DEFAULTS[name]))


def choice(name: str) -> str:
    """A flag that names one of several."""
    return api.get_client().get_string_value(name, str(DEFAULTS[name]))


def _environment() -> AbstractProvider:
    flags: dict[str, InMemoryFlag[bool | str]] = {}
    for name, default in DEFAULTS.items():
        given = os.environ.get(variable(name))
        value: bool | str = default
        if given is not None:
            value = given.lower() in {"1", "true", "on", "yes"} if isinstance(default, bool) else given
        flags[name] = InMemoryFlag("set", {"set": value})
    return InMemoryProvider(flags)


# Clients of other providers are loaded by who uses them.
def _file(settings: "Settings") -> AbstractProvider:
    from openfeature.contrib.provider.flagd import FlagdProvider  # noqa: PLC0415
    from openfeature.contrib.provider.flagd.config import ResolverType  # noqa: PLC0415

    if settings.flags_file is None:
        raise ValueError("FLAGS_PROVIDER=file needs FLAGS_FILE")
    settings.flags_file.stat()  # one that is not there would leave every flag as in DEFAULTS
    return FlagdProvider(resolver_type=ResolverType.FILE, offline_flag_source_path=str(settings.flags_file))


def _flagd(settings: "Settings") -> AbstractProvider:
    from openfeature.contrib.provider.flagd import FlagdProvider  # noqa: PLC0415
    from openfeature.contrib.provider.flagd.config import ResolverType  # noqa: PLC0415

    url = urlsplit(settings.flagd_url)
    return FlagdProvider(
        host=url.hostname, port=url.port or 8015, tls=url.scheme == "https", resolver_type=ResolverType.IN_PROCESS
    )


def _launchdarkly(settings: "Settings") -> AbstractProvider:
    from ld_openfeature import LaunchDarklyProvider  # noqa: PLC0415
    from ldclient import Config  # noqa: PLC0415
    from ldclient.config import DEFAULT_BASE_URI, DEFAULT_STREAM_URI  # noqa: PLC0415

    if settings.launchdarkly_sdk_key is None:
        raise ValueError("FLAGS_PROVIDER=launchdarkly needs LAUNCHDARKLY_SDK_KEY")
    relay = settings.launchdarkly_relay_url
    config = Config(
        settings.launchdarkly_sdk_key.get_secret_value(),
        base_uri=relay or DEFAULT_BASE_URI,
        stream_uri=relay or DEFAULT_STREAM_URI,
        send_events=False,  # nobody is told what is evaluated here
    )
    return LaunchDarklyProvider(config, start_wait=_START_SECONDS)
