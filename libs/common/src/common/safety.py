"""What makes a setting unsafe: pure rules that `Settings.unsafe` of each service puts together."""

from collections.abc import Iterable
from ipaddress import ip_network
from urllib.parse import urlsplit

from limits import parse
from pydantic import SecretStr

_MADE_UP = frozenset(
    {
        "admin",
        "change-me",
        "change_me",
        "changeme",
        "default",
        "development",
        "dummy",
        "example",
        "password",
        "postgres",
        "replace-me",
        "secret",
        "test",
        "todo",
    }
)
_SHORTEST = 12
"""Characters; any shorter secret can be guessed."""
_CLUSTER = (".svc", ".cluster.local", ".local", ".internal")


def is_made_up(value: str) -> bool:
    """Whether a secret is empty, short, one character over and over, or one of the words examples use."""
    plain = value.strip().lower()
    return len(plain) < _SHORTEST or len(set(plain)) < 4 or plain.strip("-_0123456789") in _MADE_UP


def made_up(secrets: Iterable[tuple[str, SecretStr | None]]) -> list[str]:
    """Which of the secrets given are made up; of a URL its password is looked at."""
    problems = []
    for name, secret in secrets:
        if secret is None:
            continue
        value = secret.get_secret_value()
        url = urlsplit(value) if "://" in value.split("\n", 1)[0] else None
        if url is None and is_made_up(value):
            problems.append(f"{name.upper()} holds no real secret")
        elif url is not None and is_made_up(url.password or ""):
            problems.append(f"{name.upper()} has no real password")
    return problems


def in_the_clear(urls: Iterable[tuple[str, str | None]]) -> list[str]:
    """Which of the addresses given are spoken to without TLS."""
    clear = [name for name, url in urls if url is not None and urlsplit(url).scheme != "https"]
    return [f"{name.upper()} must be https" for name in clear]


def outside_in_the_clear(urls: Iterable[tuple[str, str | None]]) -> list[str]:
    """The same, but what is inside the cluster may do without: network policies and the mesh are around it."""
    return in_the_clear((name, url) for name, url in urls if url is not None and not _is_inside(url))


def _is_inside(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host not in {"", "localhost"} and ("." not in host or host.endswith(_CLUSTER))


def open_origins(name: str, origins: Iterable[str]) -> list[str]:
    """Whether browsers of any site, or over plain HTTP, are let in."""
    return [
        f"{name.upper()} must list https origins, not {origin!r}"
        for origin in origins
        if "*" in origin or not origin.startswith("https://")
    ]


def trusted_by_all(name: str, proxies: Iterable[str]) -> list[str]:
    """Whether anybody may say which address a call comes from."""
    return [f"{name.upper()} must not be everybody, as {proxy!r} is" for proxy in proxies if _is_everybody(proxy)]


def _is_everybody(proxy: str) -> bool:
    try:
        return ip_network(proxy, strict=False).prefixlen == 0
    except ValueError:
        return "*" in proxy


def limits_off(given: Iterable[tuple[str, str, str]]) -> list[str]:
    """Which rate limits, as `(name, limit, the specification's)`, let more than ten times that through."""
    return [
        f"{name.upper()} of {limit} is no limit"
        for name, limit, specified in given
        if _a_second(limit) > 10 * _a_second(specified)
    ]


def _a_second(limit: str) -> float:
    item = parse(limit)
    return item.amount / item.get_expiry()
