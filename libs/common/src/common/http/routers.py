"""Routers that know their whole path: a service's routes are one flat list, gone over once at each request.

FastAPI's `include_router` keeps a tree instead, and matches the chosen branch a second time.
"""

from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.params import Depends

from common.http import problems
from common.http.route import EdgeRoute

API = "/api/v1"
INTERNAL = "/internal/v1"


def api_router(
    tag: str,
    *,
    prefix: str = "",
    route_class: type[EdgeRoute] = EdgeRoute,
    dependencies: Sequence[Depends] = (),
) -> APIRouter:
    """A router of the public API, under `/api/v1` and `prefix`; `tag` groups its operations in the document."""
    return APIRouter(
        prefix=API + prefix,
        route_class=route_class,
        tags=[tag],
        dependencies=dependencies,
        responses=problems.DECLARED,
    )


def internal_router() -> APIRouter:
    """A router for other services only, under `/internal/v1` and in no document; its endpoints say who may call."""
    return APIRouter(prefix=INTERNAL, route_class=EdgeRoute, include_in_schema=False)
