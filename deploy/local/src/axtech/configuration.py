"""The page of all settings, written from the services' settings classes."""

import importlib
from collections.abc import Iterator
from typing import Any, get_args, get_origin

from common import flags
from common.contracts.map import SERVICES
from common.settings import Settings
from pydantic import SecretStr
from pydantic.fields import FieldInfo

_HEAD = """# Configuration

Made from the settings classes by `make documents`. Every variable `NAME` may instead be given as `NAME_FILE`, the path
of a file that holds the value (a mounted secret); an empty variable counts as not given. A service reads its own table
and that of every service.

**Environments.** `AXTECH_ENV` is `development`, `staging` (made-up data) or `production` (real health data). Anything
but development refuses to start with settings that are not safe, naming each: secrets that are missing, short or those
of examples, addresses spoken to without TLS outside the cluster, `CORS_ORIGINS` or `TRUSTED_PROXIES` that let anybody
in, rate limits that are none, `LOG_LEVEL=DEBUG`, and what a service could only make up (a sender, a seller, a hotline).
"""


def configuration_page() -> str:
    """Markdown: a table of what every service reads, then one of each service."""
    lines = [_HEAD, "## Every service", "", *_table(Settings, Settings.model_fields)]
    for service in SERVICES:
        settings = settings_of(service)
        own = {name: field for name, field in settings.model_fields.items() if name not in Settings.model_fields}
        lines += ["", f"## {service}", ""]
        lines += _table(settings, own) if own else ["Nothing beyond what every service reads."]
    lines += ["", "## Feature flags", "", *_flags()]
    return "\n".join(lines) + "\n"


def settings_of(service: str) -> type[Settings]:
    """The settings class of a service."""
    found: type[Settings] = importlib.import_module(f"{service}.app").SERVICE.settings
    return found


def _table(settings: type[Settings], fields: dict[str, FieldInfo]) -> Iterator[str]:
    yield "| variable | what | default |"
    yield "|---|---|---|"
    for name, field in fields.items():
        if not field.description:
            raise TypeError(f"{settings.__name__}.{name} has no description")
        what = " ".join(field.description.split()).replace("|", "\\|")
        secret = " *Secret.*" if _is_secret(field.annotation) else ""
        yield f"| `{name.upper()}` | {what}{secret} | {_default(field)} |"


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or (get_origin(annotation) is not None and SecretStr in get_args(annotation))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if field.default_factory is not None:
        return "by the machine"
    value = field.default
    if value is None or value == "" or value == SecretStr(""):
        return "–"
    if isinstance(value, SecretStr):
        return "for development only"
    if isinstance(value, list | tuple | frozenset):
        return f"`{','.join(sorted(value))}`" if value else "none"
    return f"`{value}`"


def _flags() -> Iterator[str]:
    yield "From `FLAGS_PROVIDER`; without a word on one of them it is as here."
    yield ""
    yield "| flag | default | by the environment |"
    yield "|---|---|---|"
    for name, default in flags.DEFAULTS.items():
        shown = str(default).lower() if isinstance(default, bool) else default
        yield f"| `{name}` | `{shown}` | `{flags.variable(name)}` |"
