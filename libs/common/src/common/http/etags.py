"""`ETag` and `If-Match` over the version of a row."""

from starlette.requests import Request
from starlette.responses import Response

from common.errors import Stale


def etag(version: int) -> str:
    """A strong entity tag."""
    return f'"{version}"'


def set_etag(response: Response, version: int) -> None:
    """Send the version along."""
    response.headers["ETag"] = etag(version)


def check_if_match(request: Request, version: int) -> None:
    """`Stale` when the caller names another version than the current one; nothing when it names none."""
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return
    if etag(version) not in {tag.strip().removeprefix("W/") for tag in wanted.split(",")}:
        raise Stale
